// GraphDef bytes to neutral nodes. The outermost message is walked here and its nodes are parsed one at a time, so that
// no more than one node is ever held in protobuf's form.
#include "compiler/import/tensorflow/graphdef_reader.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <climits>

#include "base/error.h"
#include "compiler/import/tensorflow/narrow.h"
#include "compiler/import/tensorflow/node_names.h"
#include "compiler/import/tensorflow/tf_graph.pb.h"

namespace sinew::import {
namespace {

// Tags of GraphDef: field number << 3 | wire type.
constexpr uint32_t kNodeTag = 1 << 3 | 2;
constexpr uint32_t kVersionTag = 3 << 3 | 0;
constexpr uint32_t kLibraryTag = 2 << 3 | 2;
constexpr uint32_t kVersionsTag = 4 << 3 | 2;

TfShape ReadShape(const tfproto::ShapeProto& proto) {
  TfShape shape;
  shape.unknown_rank = proto.unknown_rank();
  for (const auto& dim : proto.dim()) shape.dims.push_back(dim.size());
  return shape;
}

TfTensor ReadTensor(tfproto::TensorProto& proto) {
  TfTensor tensor;
  tensor.type = static_cast<TfType>(proto.dtype());
  tensor.shape = ReadShape(proto.tensor_shape()).dims;
  if (!proto.tensor_content().empty()) {
    tensor.bytes = std::move(*proto.mutable_tensor_content());
    tensor.storage = tensor.type;
    return tensor;
  }
  tensor.floats.assign(proto.float_val().begin(), proto.float_val().end());
  for (const double value : proto.double_val()) tensor.floats.push_back(DoubleToFloat(value));
  for (const int32_t value : proto.half_val()) {  // both 16-bit types are kept there
    const uint16_t bits = static_cast<uint16_t>(value);
    tensor.floats.push_back(tensor.type == TfType::kBfloat16 ? Bfloat16ToFloat(bits) : HalfToFloat(bits));
  }
  for (const auto value : proto.int_val()) tensor.ints.push_back(value);
  for (const auto value : proto.int64_val()) tensor.ints.push_back(value);
  for (const auto value : proto.uint32_val()) tensor.ints.push_back(value);
  for (const auto value : proto.uint64_val()) tensor.ints.push_back(static_cast<int64_t>(value));
  for (const bool value : proto.bool_val()) tensor.ints.push_back(value);
  return tensor;
}

// None for an attribute that is set to nothing or to something the importer never reads.
std::optional<TfAttr> ReadAttr(tfproto::AttrValue& proto) {
  switch (proto.value_case()) {
    case tfproto::AttrValue::kList:
      if (proto.list().s_size() > 0) return std::vector<std::string>(proto.list().s().begin(), proto.list().s().end());
      return std::vector<int64_t>(proto.list().i().begin(), proto.list().i().end());
    case tfproto::AttrValue::kS:
      return std::move(*proto.mutable_s());
    case tfproto::AttrValue::kI:
      return proto.i();
    case tfproto::AttrValue::kF:
      return static_cast<double>(proto.f());
    case tfproto::AttrValue::kB:
      return proto.b();
    case tfproto::AttrValue::kType:
      return static_cast<TfType>(proto.type());
    case tfproto::AttrValue::kShape:
      return ReadShape(proto.shape());
    case tfproto::AttrValue::kTensor:
      return ReadTensor(*proto.mutable_tensor());
    case tfproto::AttrValue::VALUE_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

Result<TfNode> ReadNode(tfproto::NodeDef& proto) {
  TfNode node;
  SINEW_RETURN_IF_ERROR(CheckNodeName(proto.name()));
  node.name = std::move(*proto.mutable_name());
  node.op = Printable(proto.op());
  if (node.op.empty()) return Corrupt("node \"{}\" has no operation", node.name);
  for (const std::string& text : proto.input()) {
    Result<TfInput> input = ParseInput(text);
    if (!input.ok()) return Prefixed(fmt::format("node \"{}\"", node.name), input.status());
    node.inputs.push_back(*std::move(input));
  }
  for (auto& [name, value] : *proto.mutable_attr()) {
    if (std::optional<TfAttr> attr = ReadAttr(value)) node.attrs.emplace(name, *std::move(attr));
  }
  return node;
}

// The payload of a length-delimited field, in place. Null where the file ends before it.
std::optional<std::string_view> ReadPayload(google::protobuf::io::CodedInputStream& stream) {
  int length;
  if (!stream.ReadVarintSizeAsInt(&length)) return std::nullopt;
  const void* data = nullptr;
  int available = 0;
  stream.GetDirectBufferPointerInline(&data, &available);
  if (length > available) return std::nullopt;
  if (!stream.Skip(length)) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), static_cast<size_t>(length));
}

}  // namespace

Result<TfModel> ReadGraphDef(std::string_view bytes) {
  if (bytes.empty()) return Corrupt("the file is empty");
  if (bytes.size() > INT_MAX) return TooLarge("{} bytes; a GraphDef may have 2 GB", bytes.size());
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  // Protobuf would print what it refuses; the Status says it.
  const google::protobuf::LogSilencer silence;
  TfModel model;
  tfproto::NodeDef proto;
  while (stream.CurrentPosition() < static_cast<int>(bytes.size())) {
    const int start = stream.CurrentPosition();
    const uint32_t tag = stream.ReadTagNoLastTag();
    if (tag == kVersionTag) {
      uint64_t version;
      if (!stream.ReadVarint64(&version)) return Corrupt("cut short at byte {} of {}", start, bytes.size());
      continue;
    }
    if (tag != kNodeTag && tag != kLibraryTag && tag != kVersionsTag) {
      return Corrupt("not a frozen TensorFlow graph, or damaged: byte {} of {} does not begin a node", start,
                     bytes.size());
    }
    const std::optional<std::string_view> payload = ReadPayload(stream);
    if (!payload) {
      return Corrupt("cut short or damaged: what begins at byte {} reaches beyond the end of the file, {} bytes", start,
                     bytes.size());
    }
    if (tag != kNodeTag) continue;
    proto.Clear();
    if (!proto.ParseFromArray(payload->data(), static_cast<int>(payload->size()))) {
      return Corrupt("not a frozen TensorFlow graph, or damaged: node {} at byte {} cannot be read",
                     model.nodes.size() + 1, start);
    }
    SINEW_ASSIGN_OR_RETURN(TfNode node, ReadNode(proto));
    model.nodes.push_back(std::move(node));
  }
  if (model.nodes.empty()) return Corrupt("a TensorFlow graph without nodes");
  return model;
}

}  // namespace sinew::import
