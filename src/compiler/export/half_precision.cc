// Sixteen bits in ONNX.
#include "compiler/export/half_precision.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace sinew::onnx_export {
namespace {

std::vector<float> Floats(const onnx::TensorProto& tensor) {
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  return values;
}

void SetHalves(const std::vector<uint16_t>& halves, onnx::TensorProto::DataType type, onnx::TensorProto* tensor) {
  tensor->set_data_type(type);
  tensor->set_raw_data(halves.data(), halves.size() * sizeof(uint16_t));
}

onnx::NodeProto Cast(const std::string& from, const std::string& to, onnx::TensorProto::DataType type) {
  onnx::NodeProto node;
  node.set_op_type("Cast");
  node.set_name(to + "/cast");  // another may be called as what it makes
  node.add_input(from);
  node.add_output(to);
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("to");
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(type);
  return node;
}

// Puts nodes before those that are there.
void Prepend(const std::vector<onnx::NodeProto>& first, onnx::GraphProto* graph) {
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
  for (const onnx::NodeProto& node : first) *nodes.Add() = node;
  for (onnx::NodeProto& node : *graph->mutable_node()) nodes.Add()->Swap(&node);
  graph->mutable_node()->Swap(&nodes);
}

}  // namespace

uint16_t ToFp16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7E00);
  constexpr float kLeastNormal = 0x1p-14f, kOverflow = 65520;
  const float magnitude = std::fabs(value);
  if (magnitude >= kOverflow) return static_cast<uint16_t>(sign | 0x7C00);
  // The steps of denormals are 2^-24; adding rounds to nearest even.
  if (magnitude < kLeastNormal)
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)));
  const uint32_t rounded = (bits & 0x7FFFFFFF) + 0xFFF + (bits >> 13 & 1);
  return static_cast<uint16_t>(sign | static_cast<uint16_t>((rounded >> 13) - (uint32_t{127 - 15} << 10)));
}

uint16_t ToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

Status ComputeInFp16(onnx::GraphProto* graph) {
  for (onnx::TensorProto& tensor : *graph->mutable_initializer()) {
    if (tensor.data_type() != onnx::TensorProto::FLOAT) continue;
    std::vector<uint16_t> halves;
    for (const float value : Floats(tensor)) {
      halves.push_back(ToFp16(value));
      if (std::isfinite(value) && (halves.back() & 0x7FFF) == 0x7C00)
        return Unsupported("\"{}\" holds {}, beyond the range of fp16: export bf16 or fp32", tensor.name(), value);
    }
    SetHalves(halves, onnx::TensorProto::FLOAT16, &tensor);
  }
  std::unordered_map<std::string, std::string> halves;  // of what is a float outside
  std::vector<onnx::NodeProto> casts;
  for (const onnx::ValueInfoProto& input : graph->input()) {
    if (input.type().tensor_type().elem_type() != onnx::TensorProto::FLOAT) continue;
    halves[input.name()] = input.name() + "/fp16";
    casts.push_back(Cast(input.name(), halves[input.name()], onnx::TensorProto::FLOAT16));
  }
  std::vector<onnx::NodeProto> outputs;
  for (const onnx::ValueInfoProto& output : graph->output()) {
    if (output.type().tensor_type().elem_type() != onnx::TensorProto::FLOAT) continue;
    halves[output.name()] = output.name() + "/fp16";
    outputs.push_back(Cast(halves[output.name()], output.name(), onnx::TensorProto::FLOAT));
  }
  const auto rename = [&](std::string* name) {
    if (const auto it = halves.find(*name); it != halves.end()) *name = it->second;
  };
  for (onnx::NodeProto& node : *graph->mutable_node()) {
    for (std::string& input : *node.mutable_input()) rename(&input);
    for (std::string& output : *node.mutable_output()) rename(&output);
    if (node.op_type() != "Cast") continue;
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.i() == onnx::TensorProto::FLOAT) attribute.set_i(onnx::TensorProto::FLOAT16);
    }
  }
  Prepend(casts, graph);
  for (onnx::NodeProto& node : outputs) graph->add_node()->Swap(&node);
  return Status();
}

void StoreInBf16(onnx::GraphProto* graph) {
  std::vector<onnx::NodeProto> casts;
  for (onnx::TensorProto& tensor : *graph->mutable_initializer()) {
    if (tensor.data_type() != onnx::TensorProto::FLOAT || tensor.dims_size() < 2) continue;
    std::vector<uint16_t> halves;
    for (const float value : Floats(tensor)) halves.push_back(ToBf16(value));
    SetHalves(halves, onnx::TensorProto::BFLOAT16, &tensor);
    const std::string name = tensor.name();
    tensor.set_name(name + "/bf16");
    casts.push_back(Cast(tensor.name(), name, onnx::TensorProto::FLOAT));
  }
  Prepend(casts, graph);
}

}  // namespace sinew::onnx_export
