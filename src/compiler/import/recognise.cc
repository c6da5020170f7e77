// Signatures of the formats that people hand over instead of a frozen graph.
#include "compiler/import/recognise.h"

#include <cstdint>

namespace sinew::import {
namespace {

std::string_view SkipBlanksAndComments(std::string_view text) {
  while (!text.empty()) {
    if (text.front() == '#') {
      const size_t end = text.find('\n');
      text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    } else if (text.front() == ' ' || text.front() == '\t' || text.front() == '\r' || text.front() == '\n') {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  return text;
}

// A GraphDef may begin like a text (a line feed, then a length that is any character), but its second field's tag is a
// control character.
bool IsText(std::string_view start) {
  for (const char c : start) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') return false;
  }
  return true;
}

// `word` followed by blanks and then one of `next`.
bool BeginsField(std::string_view text, std::string_view word, std::string_view next) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return !text.empty() && next.find(text.front()) != std::string_view::npos;
}

bool IsTextGraph(std::string_view text) {
  return BeginsField(text, "node", "{") || BeginsField(text, "versions", "{") || BeginsField(text, "library", "{");
}

bool IsCaffeText(std::string_view text) {
  return BeginsField(text, "name", ":") || BeginsField(text, "layer", "{") || BeginsField(text, "layers", "{") ||
         BeginsField(text, "input", ":");
}

// Both begin with a varint field 1: SavedModel's schema version is 1, ONNX's IR version 3 or more; a GraphDef begins
// with a node, which is not a varint.
bool IsSavedModel(std::string_view start) { return start.starts_with("\x08\x01\x12"); }

bool IsOnnx(std::string_view start) {
  return start.size() > 2 && start[0] == 0x08 && start[1] >= 2 && start[1] < 64 &&
         (start[2] == 0x12 || start[2] == 0x1a || start[2] == 0x22 || start[2] == 0x3a || start[2] == 0x42);
}

// A binary NetParameter: field 1 (name) is followed by layers (2, 100) or inputs (3, 4, 8).
bool IsCaffeBinary(std::string_view start) {
  if (start.starts_with("\xa2\x06") || start.starts_with("\x12")) return true;  // without a name
  if (start.size() < 3 || start[0] != 0x0a) return false;
  const size_t name = static_cast<uint8_t>(start[1]);
  if (name >= 0x80 || start.size() < name + 4) return false;
  for (const char c : start.substr(2, name)) {
    if (static_cast<unsigned char>(c) < 0x20) return false;  // a NodeDef begins with the byte 0x0a
  }
  const std::string_view after = start.substr(2 + name);
  return after[0] == 0x12 || after[0] == 0x1a || after[0] == 0x20 || after[0] == 0x42 || after.starts_with("\xa2\x06");
}

}  // namespace

Recognised Recognise(std::string_view start) {
  const auto foreign = [](std::string_view advice) { return Recognised{FileKind::kForeign, advice}; };
  if (start.starts_with("\x89HDF\r\n\x1a\n")) {
    return foreign(
        "an HDF5 file (a Keras model?); export it as a frozen TensorFlow graph or a TensorFlow.js graph model");
  }
  if (start.starts_with("PK\x03\x04")) {
    return foreign("a zip archive; unpack it, or export the model as a frozen TensorFlow graph");
  }
  if (start.starts_with("\x1f\x8b")) return foreign("compressed with gzip; unpack it first");
  if (start.size() >= 8 && start.substr(4, 4) == "TFL3") {
    return foreign("a TensorFlow Lite model; take the frozen graph that it was made from");
  }
  if (IsSavedModel(start)) {
    return foreign(
        "a TensorFlow SavedModel; freeze it (python -m tensorflow.python.tools.freeze_graph --input_saved_model_dir) "
        "or convert it to a TensorFlow.js graph model");
  }
  if (IsOnnx(start)) {
    return {FileKind::kOnnx, {}};
  }
  if (IsCaffeBinary(start)) {
    return {FileKind::kCaffe, {}};
  }
  if (!IsText(start)) return {FileKind::kBinary, {}};
  const std::string_view text = SkipBlanksAndComments(start.starts_with("\xef\xbb\xbf") ? start.substr(3) : start);
  if (IsTextGraph(text)) {
    return foreign(
        "a TensorFlow graph in text form (.pbtxt); write it in binary form (tf.io.write_graph with as_text=False)");
  }
  if (IsCaffeText(text)) {
    return foreign("a Caffe network without its weights; name the .caffemodel, and this with --prototxt");
  }
  if (text.starts_with('{') || text.starts_with('[')) return {FileKind::kJson, {}};
  return {FileKind::kBinary, {}};
}

}  // namespace sinew::import
