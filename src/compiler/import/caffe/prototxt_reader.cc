// The text is parsed by protobuf; fields that the schema does not have are skipped.
#include "compiler/import/caffe/prototxt_reader.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <climits>

#include "base/error.h"
#include "base/printable.h"
#include "compiler/import/caffe/upgrade.h"

namespace sinew::import {
namespace {

// Networks nest four deep.
constexpr int kMaxDepth = 32;

// Keeps the first error; later ones follow from it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (!message_.empty()) return;
    message_ = line < 0 ? message : fmt::format("line {}, column {}: {}", line + 1, column + 1, message);
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
  const std::string& message() const { return message_; }

 private:
  std::string message_;
};

// What is nested too deep for a parser that calls itself; fields that are skipped count as well.
int Depth(std::string_view text) {
  int depth = 0, most = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c && text[i] != '\n'; ++i) i += text[i] == '\\';
    } else if (c == '{' || c == '<' || c == '[') {
      most = std::max(most, ++depth);
    } else if (c == '}' || c == '>' || c == ']') {
      --depth;
    }
  }
  return most;
}

}  // namespace

Result<CaffeModel> ReadPrototxt(std::string_view text) {
  if (text.size() > INT_MAX) return TooLarge("{} bytes of text, no network has as many", text.size());
  if (Depth(text) > kMaxDepth) return Corrupt("it is nested deeper than {}: not a network", kMaxDepth);
  const google::protobuf::LogSilencer silence;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(2 * kMaxDepth);
  parser.RecordErrorsTo(&error);
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  caffeproto::NetParameter net;
  if (!parser.Parse(&stream, &net)) {
    return Corrupt("not a network in Caffe's text form: {}",
                   error.message().empty() ? "it cannot be read" : Printable(error.message()));
  }
  return UpgradeNet(std::move(net));
}

}  // namespace sinew::import
