// ONNX's messages, field by field.
#include "compiler/export/onnx_graph.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

namespace sinew::onnx_export {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data in little-endian order");

template <class T>
void SetRaw(const std::vector<T>& values, onnx::TensorProto::DataType type, onnx::TensorProto& proto) {
  proto.set_data_type(type);
  proto.set_raw_data(values.data(), values.size() * sizeof(T));
}

onnx::TensorProto::DataType ToOnnxType(ir::DType dtype) {
  return dtype == ir::DType::kFloat32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64;
}

struct AttributeSetter {
  onnx::AttributeProto& proto;
  void operator()(int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(std::string_view value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(std::string(value));
  }
  void operator()(const std::vector<int64_t>& value) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const int64_t element : value) proto.add_ints(element);
  }
};

void SetType(onnx::ValueInfoProto& info, std::string_view name, ir::DType dtype, const ir::Shape& shape,
             std::span<const std::string_view> symbols) {
  info.set_name(std::string(name));
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(ToOnnxType(dtype));
  tensor.mutable_shape();  // a scalar has a shape, too
  for (size_t d = 0; d < shape.size(); ++d) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    if (shape[d] != ir::kUnknown) {
      dim.set_dim_value(shape[d]);
    } else if (d < symbols.size()) {
      dim.set_dim_param(std::string(symbols[d]));
    }
  }
}

}  // namespace

std::string OnnxGraph::FreeName(std::string_view wanted) {
  std::string name(wanted);
  while (!names_.try_emplace(name, 0).second) name = fmt::format("{}_{}", wanted, ++names_[std::string(wanted)]);
  return name;
}

std::string OnnxGraph::AddInput(std::string_view name, const ir::Shape& shape,
                                std::span<const std::string_view> symbols) {
  std::string free = FreeName(name);
  SetType(*proto_.add_input(), free, ir::DType::kFloat32, shape, symbols);
  return free;
}

void OnnxGraph::AddOutput(std::string_view name, ir::DType dtype, const ir::Shape& shape) {
  SetType(*proto_.add_output(), name, dtype, shape, {});
}

std::string OnnxGraph::Constant(std::string_view name, const ir::Tensor& tensor) {
  std::string free = FreeName(name);
  onnx::TensorProto& proto = *proto_.add_initializer();
  proto.set_name(free);
  for (const int64_t size : tensor.shape) proto.add_dims(size);
  if (tensor.dtype == ir::DType::kFloat32) {
    SetRaw(tensor.floats, onnx::TensorProto::FLOAT, proto);
  } else {
    SetRaw(tensor.ints, onnx::TensorProto::INT64, proto);
  }
  return free;
}

std::string OnnxGraph::Ints(std::string_view name, std::vector<int64_t> values) {
  const int64_t count = static_cast<int64_t>(values.size());
  return Constant(name, ir::Tensor::Ints({count}, std::move(values)));
}

std::string OnnxGraph::Float(std::string_view name, float value) {
  return Constant(name, ir::Tensor::Floats({}, {value}));
}

std::string OnnxGraph::Raw(std::string_view name, onnx::TensorProto::DataType type, const ir::Shape& shape,
                           std::string_view bytes) {
  std::string free = FreeName(name);
  onnx::TensorProto& proto = *proto_.add_initializer();
  proto.set_name(free);
  for (const int64_t size : shape) proto.add_dims(size);
  proto.set_data_type(type);
  proto.set_raw_data(std::string(bytes));
  return free;
}

void OnnxGraph::AddNode(std::string_view op, const std::string& name, std::vector<std::string> inputs,
                        std::span<const OnnxAttribute> attributes) {
  onnx::NodeProto& node = *proto_.add_node();
  node.set_op_type(std::string(op));
  node.set_name(name);
  for (std::string& input : inputs) node.add_input(std::move(input));
  node.add_output(name);
  for (const OnnxAttribute& attribute : attributes) {
    onnx::AttributeProto& proto = *node.add_attribute();
    proto.set_name(std::string(attribute.name));
    std::visit(AttributeSetter{proto}, attribute.value);
  }
}

std::string OnnxGraph::Emit(std::string_view op, std::string_view name, std::vector<std::string> inputs,
                            std::span<const OnnxAttribute> attributes) {
  std::string free = FreeName(name);
  AddNode(op, free, std::move(inputs), attributes);
  return free;
}

std::string OnnxGraph::Emit(std::string_view op, std::string_view name, std::vector<std::string> inputs,
                            std::initializer_list<OnnxAttribute> attributes) {
  return Emit(op, name, std::move(inputs), std::span(attributes.begin(), attributes.size()));
}

void OnnxGraph::EmitAs(std::string_view op, std::string_view reserved, std::vector<std::string> inputs,
                       std::initializer_list<OnnxAttribute> attributes) {
  AddNode(op, std::string(reserved), std::move(inputs), std::span(attributes.begin(), attributes.size()));
}

}  // namespace sinew::onnx_export
