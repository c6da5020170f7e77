// Attribute and input access with the checks that every operation needs.
#include "compiler/import/tensorflow/node_context.h"

#include "base/error.h"

namespace sinew::import {

NodeContext::NodeContext(const TfNode& node, ValueSource& values, ir::Graph& graph)
    : node_(node), values_(values), graph_(graph) {
  for (const TfInput& input : node.inputs) {
    if (!input.control) inputs_.push_back(&input);
  }
}

template <class T>
Result<T> NodeContext::Attr(std::string_view name, T default_value, std::string_view kind) const {
  const auto found = node_.attrs.find(name);
  if (found == node_.attrs.end()) return default_value;
  const T* value = std::get_if<T>(&found->second);
  if (!value) return Corrupt("its attribute \"{}\" is not {}", name, kind);
  return *value;
}

Result<bool> NodeContext::Bool(std::string_view name, bool default_value) const {
  return Attr<bool>(name, default_value, "true or false");
}

Result<int64_t> NodeContext::Int(std::string_view name, int64_t default_value) const {
  return Attr<int64_t>(name, default_value, "an integer");
}

Result<double> NodeContext::Real(std::string_view name, double default_value) const {
  return Attr<double>(name, default_value, "a number");
}

Result<std::string> NodeContext::Text(std::string_view name, std::string_view default_value) const {
  return Attr<std::string>(name, std::string(default_value), "a string");
}

Result<TfType> NodeContext::Type(std::string_view name) const {
  return Attr<TfType>(name, TfType::kInvalid, "an element type");
}

Result<std::vector<int64_t>> NodeContext::Ints(std::string_view name) const {
  return Attr<std::vector<int64_t>>(name, {}, "a list of integers");
}

Result<std::vector<std::string>> NodeContext::Texts(std::string_view name) const {
  const auto found = node_.attrs.find(name);
  // The readers hand over every empty list as one of integers.
  if (found != node_.attrs.end()) {
    const auto* ints = std::get_if<std::vector<int64_t>>(&found->second);
    if (ints && ints->empty()) return std::vector<std::string>();
  }
  return Attr<std::vector<std::string>>(name, {}, "a list of strings");
}

Status NodeContext::CheckIndex(size_t index) const {
  if (index < inputs_.size()) return {};
  return Corrupt("it has {} inputs, {} or more are needed", inputs_.size(), index + 1);
}

Result<ir::NodeId> NodeContext::Input(size_t index) {
  SINEW_RETURN_IF_ERROR(CheckIndex(index));
  return values_.Value(*inputs_[index]);
}

Result<std::vector<ir::NodeId>> NodeContext::Inputs() {
  std::vector<ir::NodeId> ids;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, Input(i));
    ids.push_back(id);
  }
  return ids;
}

Result<const ir::Tensor*> NodeContext::ConstantInput(size_t index) {
  SINEW_RETURN_IF_ERROR(CheckIndex(index));
  return values_.Constant(*inputs_[index]);
}

Result<std::vector<int64_t>> NodeContext::ConstantInts(size_t index, std::string_view role) {
  SINEW_ASSIGN_OR_RETURN(const ir::Tensor* tensor, ConstantInput(index));
  if (!tensor) {
    return Unsupported("its {} \"{}\" is computed at run time; only a constant is supported", role,
                       inputs_[index]->name);
  }
  if (tensor->dtype != ir::DType::kInt32) {
    return Corrupt("its {} \"{}\" is not of integers", role, inputs_[index]->name);
  }
  return tensor->ints;
}

Result<ir::NodeId> NodeContext::Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes,
                                     std::string_view suffix) {
  ir::Node node;
  node.op = op;
  node.name = node_.name;
  node.name += suffix;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  return graph_.Add(std::move(node));
}

Result<int64_t> NormalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) return Corrupt("axis {} of a tensor of {} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

}  // namespace sinew::import
