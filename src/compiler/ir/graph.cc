// Building graphs, and what can be counted on them.
#include "compiler/ir/graph.h"

#include <algorithm>
#include <utility>

#include "base/checked_math.h"
#include "base/error.h"

namespace sinew::ir {

Result<NodeId> Graph::Add(Node node) {
  SINEW_ASSIGN_OR_RETURN(TypedShape type, InferShape(*this, node));
  node.dtype = type.dtype;
  node.shape = std::move(type.shape);
  if (node.op == OpKind::kInput && input() >= 0) {
    return Unsupported("node \"{}\": a second input beside \"{}\"", node.name,
                       nodes_[static_cast<size_t>(input())].name);
  }
  const std::string base = node.name;
  while (!names_.try_emplace(node.name, 0).second) node.name = fmt::format("{}_{}", base, ++names_[base]);
  nodes_.push_back(std::move(node));
  return size() - 1;
}

Result<NodeId> Graph::AddConst(std::string name, Tensor value) {
  Node node;
  node.op = OpKind::kConst;
  node.name = std::move(name);
  node.value = std::make_shared<const Tensor>(std::move(value));
  return Add(std::move(node));
}

NodeId Graph::input() const {
  const auto it =
      std::find_if(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.op == OpKind::kInput; });
  return it == nodes_.end() ? -1 : static_cast<NodeId>(it - nodes_.begin());
}

std::vector<int> Graph::UseCounts() const {
  std::vector<int> counts(nodes_.size(), 0);
  for (const Node& node : nodes_) {
    for (const NodeId input : node.inputs) ++counts[static_cast<size_t>(input)];
  }
  for (const Output& output : outputs_) ++counts[static_cast<size_t>(output.node)];
  return counts;
}

namespace {

// Whether no operation may have a size in it: then the height and width that a file gives its input are examples.
bool TakesAnySize(const Graph& graph) {
  return std::ranges::none_of(graph.nodes(), [](const Node& node) {
    switch (node.op) {
      case OpKind::kResizeBilinear:
      case OpKind::kResizeNearest:
      case OpKind::kShape:
      case OpKind::kStridedSlice:
      case OpKind::kPack:
      case OpKind::kReshape:
      case OpKind::kSqueeze:
        return true;
      default:
        return false;
    }
  });
}

}  // namespace

Result<Graph> BindInput(const Graph& graph, int64_t batch, int64_t height, int64_t width) {
  Graph bound;
  const bool any_size = TakesAnySize(graph);
  for (const Node& old : graph.nodes()) {
    Node node = old;
    if (node.op == OpKind::kInput) {
      const Shape wanted = {batch, height, width, node.shape.size() == 4 ? node.shape[3] : kUnknown};
      if (node.shape.size() != 4) {
        return InvalidArgument("input \"{}\" has shape {}, pictures need 4 dimensions (NHWC)", node.name,
                               ToString(node.shape));
      }
      for (size_t d = 0; d < wanted.size(); ++d) {
        const bool is_side = d == 1 || d == 2;
        if (node.shape[d] != kUnknown && node.shape[d] != wanted[d] && !(any_size && is_side)) {
          return InvalidArgument("input \"{}\" has shape {}, which cannot be bound to {}", node.name,
                                 ToString(node.shape), ToString(wanted));
        }
      }
      node.shape = wanted;
    }
    SINEW_RETURN_IF_ERROR(bound.Add(std::move(node)).status());
  }
  for (const Output& output : graph.outputs()) bound.AddOutput(output.name, output.node);
  return bound;
}

Cost ComputeCost(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  Cost cost;
  for (const NodeId input : node.inputs) {
    const Node& read = graph.node(input);
    if (read.op == OpKind::kConst && read.dtype == DType::kFloat32)
      cost.parameters += static_cast<int64_t>(read.value->floats.size());
  }
  if ((node.op != OpKind::kConv2d && node.op != OpKind::kDepthwiseConv2d) || !IsFullyKnown(node.shape)) return cost;
  const Shape& kernel = graph.node(node.inputs[1]).shape;
  const int64_t terms = kernel[0] * kernel[1] * (node.op == OpKind::kConv2d ? kernel[2] : 1);
  const Result<int64_t> elements = ElementCount(node.shape);
  if (elements.ok()) cost.multiply_adds = CheckedMul(*elements, terms).value_or(0);
  return cost;
}

}  // namespace sinew::ir
