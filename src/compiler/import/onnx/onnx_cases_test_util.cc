// The writer of models. The cases are in onnx_cases.cc.
#include "compiler/import/onnx/onnx_cases_test_util.h"

#include <random>

namespace sinew::onnx_import {
namespace {

void AppendVarint(uint64_t value, std::string* to) {
  for (; value >= 0x80; value >>= 7) to->push_back(static_cast<char>(value | 0x80));
  to->push_back(static_cast<char>(value));
}

void AppendNumber(int field, uint64_t value, std::string* to) {
  AppendVarint(static_cast<uint64_t>(field) << 3, to);
  AppendVarint(value, to);
}

void AppendBytes(int field, const std::string& bytes, std::string* to) {
  AppendVarint(static_cast<uint64_t>(field) << 3 | 2, to);
  AppendVarint(bytes.size(), to);
  *to += bytes;
}

}  // namespace

TestOnnx& TestOnnx::Input(const std::string& name, const std::vector<int64_t>& shape, int type) {
  proto::ValueInfoProto& input = inputs_.emplace_back();
  input.set_name(name);
  input.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  for (const int64_t size : shape) {
    auto* dim = input.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
    if (size >= 0) {
      dim->set_dim_value(size);
    } else {
      dim->set_dim_param("any");
    }
  }
  return *this;
}

TestOnnx& TestOnnx::Output(const std::string& name) {
  proto::ValueInfoProto& output = outputs_.emplace_back();
  output.set_name(name);
  output.mutable_type()->mutable_tensor_type()->set_elem_type(1);
  return *this;
}

TestOnnx& TestOnnx::Weights(const std::string& name, const std::vector<int64_t>& shape, int seed, float offset) {
  std::mt19937 random(static_cast<uint32_t>(seed));
  std::uniform_real_distribution<float> uniform(-1, 1);
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = uniform(random) + offset;
  return Floats(name, shape, values);
}

TestOnnx& TestOnnx::Floats(const std::string& name, const std::vector<int64_t>& shape,
                           const std::vector<float>& values) {
  proto::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(1);
  for (const int64_t size : shape) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return Initializer(tensor);
}

TestOnnx& TestOnnx::Ints(const std::string& name, const std::vector<int64_t>& values) {
  proto::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(7);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (const int64_t value : values) tensor.add_int64_data(value);
  return Initializer(tensor);
}

TestOnnx& TestOnnx::Initializer(const proto::TensorProto& tensor) {
  initializers_.push_back(tensor);
  return *this;
}

TestOnnx& TestOnnx::Node(const std::string& op, const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs) {
  proto::NodeProto& node = nodes_.emplace_back();
  node.set_op_type(op);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  return *this;
}

proto::AttributeProto& TestOnnx::Attribute(const std::string& name, int type) {
  proto::AttributeProto& attribute = *nodes_.back().add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

TestOnnx& TestOnnx::Int(const std::string& attribute, int64_t value) {
  Attribute(attribute, 2).set_i(value);
  return *this;
}
TestOnnx& TestOnnx::Real(const std::string& attribute, float value) {
  Attribute(attribute, 1).set_f(value);
  return *this;
}
TestOnnx& TestOnnx::Text(const std::string& attribute, const std::string& value) {
  Attribute(attribute, 3).set_s(value);
  return *this;
}
TestOnnx& TestOnnx::List(const std::string& attribute, const std::vector<int64_t>& values) {
  proto::AttributeProto& list = Attribute(attribute, 7);
  for (const int64_t value : values) list.add_ints(value);
  return *this;
}
TestOnnx& TestOnnx::Reals(const std::string& attribute, const std::vector<float>& values) {
  proto::AttributeProto& list = Attribute(attribute, 6);
  for (const float value : values) list.add_floats(value);
  return *this;
}
TestOnnx& TestOnnx::Tensor(const std::string& attribute, const proto::TensorProto& value) {
  *Attribute(attribute, 4).mutable_t() = value;
  return *this;
}
TestOnnx& TestOnnx::Domain(const std::string& domain) {
  nodes_.back().set_domain(domain);
  return *this;
}

std::vector<int64_t> TestOnnx::input_shape() const {
  std::vector<int64_t> shape;
  for (const auto& dim : inputs_[0].type().tensor_type().shape().dim())
    shape.push_back(dim.value_case() == proto::ShapeProto::Dimension::kDimValue ? dim.dim_value() : -1);
  return shape;
}

std::string TestOnnx::Bytes() const {
  std::string graph;
  for (const auto& node : nodes_) AppendBytes(1, node.SerializeAsString(), &graph);
  AppendBytes(2, "test", &graph);
  for (const auto& tensor : initializers_) AppendBytes(5, tensor.SerializeAsString(), &graph);
  for (const auto& input : inputs_) AppendBytes(11, input.SerializeAsString(), &graph);
  for (const auto& output : outputs_) AppendBytes(12, output.SerializeAsString(), &graph);
  proto::OperatorSetIdProto opset;
  opset.set_version(opset_);
  std::string model;
  AppendNumber(1, opset_ < 13 ? 6 : 7, &model);  // the format's version
  AppendBytes(2, "sinew's tests", &model);
  AppendBytes(7, graph, &model);
  AppendBytes(8, opset.SerializeAsString(), &model);
  return model;
}

}  // namespace sinew::onnx_import
