// Frozen GraphDefs, written node by node.
#include "compiler/import/tensorflow/graphdef_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <limits>
#include <variant>

#include "base/error.h"
#include "compiler/import/tensorflow/tf_graph.pb.h"

namespace sinew::import {
namespace {

constexpr size_t kMaxBytes = std::numeric_limits<int32_t>::max();  // what protobuf, and so TensorFlow, can read

void WriteShape(const ir::Shape& dims, tfproto::ShapeProto& proto) {
  for (const int64_t dim : dims) proto.add_dim()->set_size(dim);
}

struct ProtoWriter {
  tfproto::AttrValue& proto;
  void operator()(bool value) const { proto.set_b(value); }
  void operator()(int64_t value) const { proto.set_i(value); }
  void operator()(double value) const { proto.set_f(static_cast<float>(value)); }
  void operator()(const std::string& value) const { proto.set_s(value); }
  void operator()(TfType value) const { proto.set_type(static_cast<int32_t>(value)); }
  void operator()(const TfShape& value) const {
    proto.mutable_shape()->set_unknown_rank(value.unknown_rank);
    WriteShape(value.dims, *proto.mutable_shape());
  }
  void operator()(const TfTensor& value) const {
    tfproto::TensorProto& tensor = *proto.mutable_tensor();
    tensor.set_dtype(static_cast<int32_t>(value.type));
    WriteShape(value.shape, *tensor.mutable_tensor_shape());
    tensor.set_tensor_content(value.bytes);
    for (const float element : value.floats) tensor.add_float_val(element);
    for (const int64_t element : value.ints) tensor.add_int_val(static_cast<int32_t>(element));
  }
  void operator()(const std::vector<int64_t>& value) const {
    for (const int64_t element : value) proto.mutable_list()->add_i(element);
  }
  void operator()(const std::vector<std::string>& value) const {
    for (const std::string& element : value) proto.mutable_list()->add_s(element);
  }
};

// Maps in the order of their keys: the same model gives the same bytes.
std::string Serialized(const tfproto::NodeDef& node) {
  std::string text;
  google::protobuf::io::StringOutputStream stream(&text);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  node.SerializeToCodedStream(&coded);
  coded.Trim();
  return text;
}

// A length-delimited field, number 1: one node of the graph. Serialised one by one, a graph of large weights needs no
// second copy of them.
void AppendNode(const std::string& payload, std::string* bytes) {
  *bytes += '\x0a';
  size_t length = payload.size();
  for (; length >= 128; length >>= 7) *bytes += static_cast<char>((length & 127) | 128);
  *bytes += static_cast<char>(length);
  *bytes += payload;
}

}  // namespace

std::string Spelled(const TfInput& input) {
  if (input.control) return "^" + input.name;
  return input.output ? input.name + ":" + std::to_string(input.output) : input.name;
}

Result<std::string> WriteGraphDef(const TfModel& model) {
  std::string bytes;
  for (const TfNode& node : model.nodes) {
    tfproto::NodeDef proto;
    proto.set_name(node.name);
    proto.set_op(node.op);
    for (const TfInput& input : node.inputs) proto.add_input(Spelled(input));
    for (const auto& [key, value] : node.attrs) std::visit(ProtoWriter{(*proto.mutable_attr())[key]}, value);
    AppendNode(Serialized(proto), &bytes);
    if (bytes.size() > kMaxBytes) return TooLarge("node \"{}\": the graph exceeds the 2 GB of a GraphDef", node.name);
  }
  return bytes;
}

}  // namespace sinew::import
