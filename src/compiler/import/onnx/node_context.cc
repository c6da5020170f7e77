// Attributes, inputs and results.
#include "compiler/import/onnx/node_context.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compiler/ir/known_ints.h"

namespace sinew::onnx_import {
namespace {

constexpr std::string_view kLayoutNames[] = {"as it is", "NCHW", "a vector of channels"};

ir::Tensor AsItIs(const ir::Tensor& tensor) { return tensor; }

}  // namespace

template <class T>
Result<T> NodeContext::Attribute(std::string_view name, T default_value, std::string_view kind) const {
  const auto found = node_.attributes.find(name);
  if (found == node_.attributes.end()) return default_value;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) return Corrupt("its attribute \"{}\" is not {}", name, kind);
  return *value;
}

Result<int64_t> NodeContext::Int(std::string_view attribute, int64_t default_value) const {
  return Attribute<int64_t>(attribute, default_value, "a whole number");
}
Result<double> NodeContext::Real(std::string_view attribute, double default_value) const {
  return Attribute<double>(attribute, default_value, "a number");
}
Result<std::string> NodeContext::Text(std::string_view attribute, std::string_view default_value) const {
  return Attribute<std::string>(attribute, std::string(default_value), "a text");
}
Result<std::vector<int64_t>> NodeContext::Ints(std::string_view attribute) const {
  return Attribute<std::vector<int64_t>>(attribute, {}, "a list of whole numbers");
}
Result<std::vector<double>> NodeContext::Reals(std::string_view attribute) const {
  return Attribute<std::vector<double>>(attribute, {}, "a list of numbers");
}

Result<Value> NodeContext::Input(size_t index) {
  if (!HasInput(index)) return Corrupt("it has no input {}", index);
  return values_.Find(node_.inputs[index]);
}

Result<std::shared_ptr<const ir::Tensor>> NodeContext::ConstantInput(size_t index) {
  if (!HasInput(index)) return std::shared_ptr<const ir::Tensor>();
  SINEW_ASSIGN_OR_RETURN(const Value value, values_.Find(node_.inputs[index]));
  return value.constant;
}

Result<std::shared_ptr<const ir::Tensor>> NodeContext::Weights(size_t index, std::string_view role) {
  if (!HasInput(index)) return Corrupt("it has no {}", role);
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<const ir::Tensor> tensor, ConstantInput(index));
  if (tensor == nullptr)
    return Unsupported("its {} is computed by the network (\"{}\"), it must be a constant", role, node_.inputs[index]);
  if (tensor->dtype != ir::DType::kFloat32) return Corrupt("its {} is not of real numbers", role);
  return tensor;
}

Result<std::vector<int64_t>> NodeContext::ConstantInts(size_t index, std::string_view role) {
  if (!HasInput(index)) return Corrupt("it has no {}", role);
  SINEW_ASSIGN_OR_RETURN(const std::shared_ptr<const ir::Tensor> tensor, ConstantInput(index));
  if (tensor == nullptr)
    return Unsupported("its {} depends on the input's size; export the model with a fixed size", role);
  if (tensor->dtype != ir::DType::kInt32) return Corrupt("its {} is not of whole numbers", role);
  return tensor->ints;
}

Result<std::vector<int64_t>> NodeContext::IntsOf(std::string_view attribute, size_t index) {
  if (Has(attribute)) return Ints(attribute);
  if (HasInput(index)) return ConstantInts(index, attribute);
  return std::vector<int64_t>();
}

Result<ir::NodeId> NodeContext::Node(size_t index) {
  SINEW_ASSIGN_OR_RETURN(const Value value, Input(index));
  if (value.id >= 0) return value.id;
  return values_.Constant(node_.inputs[index], "", AsItIs, *value.constant);
}

Result<ir::NodeId> NodeContext::InLayout(size_t index, Layout layout) {
  SINEW_ASSIGN_OR_RETURN(const Value value, Input(index));
  if (value.is_constant()) {
    if (layout != Layout::kChannelsFirst) return Node(index);
    if (value.constant->shape.size() > 4)
      return Unsupported("a constant of shape {} beside a picture", ir::ToString(value.constant->shape));
    return values_.Constant(node_.inputs[index], "/nhwc", ToChannelsLast, *value.constant);
  }
  if (value.layout != layout) {
    return Unsupported("reads \"{}\", which is {}, where {} is needed: that would take a transposition at run time",
                       node_.inputs[index], kLayoutNames[static_cast<size_t>(value.layout)],
                       kLayoutNames[static_cast<size_t>(layout)]);
  }
  return value.id;
}

Result<ir::NodeId> NodeContext::Picture(size_t index) { return InLayout(index, Layout::kChannelsFirst); }

Result<ir::NodeId> NodeContext::PerChannel(size_t index, std::string_view role) {
  SINEW_ASSIGN_OR_RETURN(const auto tensor, Weights(index, role));
  if (tensor->shape.size() != 1)
    return Corrupt("its {} has shape {}, needs one dimension", role, ir::ToString(tensor->shape));
  return values_.Constant(node_.inputs[index], "", AsItIs, *tensor);
}

int64_t NodeContext::Rank(const Value& value) const {
  if (value.is_constant()) return static_cast<int64_t>(value.constant->shape.size());
  return value.layout == Layout::kVector ? 2 : static_cast<int64_t>(shape_of(value.id).size());
}

Result<ir::NodeId> NodeContext::Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes,
                                     std::string_view suffix) {
  ir::Node node;
  node.op = op;
  node.name = fmt::format("{}{}", node_.outputs.empty() ? node_.name : node_.outputs[0], suffix);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  const std::string prefix = fmt::format("node \"{}\": ", node.name);
  Result<ir::NodeId> id = graph_.Add(std::move(node));
  if (id.ok() || !id.status().message().starts_with(prefix)) return id;
  return Status(id.status().code(), std::string(id.status().message().substr(prefix.size())));
}

Result<ir::NodeId> NodeContext::EmitConstant(ir::Tensor tensor, std::string_view suffix) {
  return graph_.AddConst(fmt::format("{}{}", node_.outputs.empty() ? node_.name : node_.outputs[0], suffix),
                         std::move(tensor));
}

Status NodeContext::Set(ir::NodeId id, Layout layout, size_t output) {
  return Set(Value{.id = id, .constant = nullptr, .layout = layout}, output);
}

Status NodeContext::Set(Value value, size_t output) {
  if (output >= results_.size() || node_.outputs[output].empty()) return Status();
  if (value.id >= 0 && !value.is_constant() && graph_.node(value.id).dtype == ir::DType::kInt32) {
    const auto ints = ir::KnownInts(graph_, value.id);
    if (ints && std::ranges::find(*ints, ir::kUnknown) == ints->end()) {
      const ir::Shape shape = shape_of(value.id);
      ir::Tensor tensor = ir::Tensor::Ints(shape, *ints);
      if (value.is_size_as_real) tensor = ir::Tensor::Floats(shape, {ints->begin(), ints->end()});
      value = Value{.id = -1, .constant = std::make_shared<const ir::Tensor>(std::move(tensor))};
    }
  }
  results_[output] = std::move(value);
  return Status();
}

Status NodeContext::SetConstant(ir::Tensor tensor) {
  return Set(Value{.id = -1, .constant = std::make_shared<const ir::Tensor>(std::move(tensor))});
}

Result<int64_t> NormalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) return Corrupt("axis {} of a tensor of {} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

int64_t AxisInIr(int64_t axis, Layout layout) {
  constexpr std::array<int64_t, 4> kChannelsFirst = {0, 3, 1, 2};
  if (layout == Layout::kChannelsFirst) return kChannelsFirst[static_cast<size_t>(axis)];
  return layout == Layout::kVector && axis == 1 ? 3 : axis;
}

ir::Tensor Permuted(const ir::Tensor& tensor, std::span<const int64_t> order) {
  const size_t rank = tensor.shape.size();
  std::vector<size_t> strides(rank, 1);
  for (size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * static_cast<size_t>(tensor.shape[d]);
  ir::Tensor result;
  result.dtype = tensor.dtype;
  std::vector<size_t> steps;
  for (const int64_t from : order) {
    result.shape.push_back(tensor.shape[static_cast<size_t>(from)]);
    steps.push_back(strides[static_cast<size_t>(from)]);
  }
  const size_t count = tensor.floats.size() + tensor.ints.size();
  std::vector<int64_t> position(rank, 0);
  size_t from = 0;
  result.floats.reserve(tensor.floats.size());
  result.ints.reserve(tensor.ints.size());
  for (size_t i = 0; i < count; ++i) {
    if (tensor.dtype == ir::DType::kFloat32) {
      result.floats.push_back(tensor.floats[from]);
    } else {
      result.ints.push_back(tensor.ints[from]);
    }
    for (size_t d = rank; d-- > 0;) {
      from += steps[d];
      if (++position[d] < result.shape[d]) break;
      from -= steps[d] * static_cast<size_t>(result.shape[d]);
      position[d] = 0;
    }
  }
  return result;
}

ir::Tensor ToChannelsLast(const ir::Tensor& tensor) {
  if (tensor.shape.empty()) return tensor;
  ir::Tensor wide = tensor;
  while (wide.shape.size() < 4) wide.shape.insert(wide.shape.begin(), 1);
  constexpr std::array<int64_t, 4> kOrder = {0, 2, 3, 1};
  return Permuted(wide, kOrder);
}

}  // namespace sinew::onnx_import
