// The three fusions, one after the other: each leaves alone what the ones before have taken.
#include "compiler/plan/fuse.h"

#include <array>
#include <unordered_map>

#include "compiler/plan/describe.h"

namespace sinew::plan {
namespace {

using ir::Node;
using ir::NodeId;
using ir::OpKind;

class Fuser {
 public:
  Fuser(const ir::Graph& graph, const Chooser& chooser)
      : graph_(graph), chooser_(chooser), uses_(graph.UseCounts()), fusions_{std::vector<bool>(uses_.size(), false)} {}

  Fusions Run() {
    ForEach(OpKind::kConv2d, [&](NodeId id) { return IsPointwiseOfSeparable(id); });
    ForEach(OpKind::kMaxPool, [&](NodeId id) { return IsPoolOfConv(id); });
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (graph_.node(id).op == OpKind::kMaxPool && fusions_.IsAbsorbed(graph_.node(id).inputs[0])) {
        pools_[graph_.node(id).inputs[0]] = id;
      }
    }
    ForEach(OpKind::kConv2d, [&](NodeId id) { return IsSecondOfPair(id); });
    return std::move(fusions_);
  }

 private:
  // Absorbs the producer of each node of that kind for which `takes` says so.
  template <class Takes>
  void ForEach(OpKind op, const Takes& takes) {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const Node& node = graph_.node(id);
      if (node.op != op) continue;
      const NodeId producer = node.inputs[0];
      if (uses_[static_cast<size_t>(producer)] == 1 && !fusions_.IsAbsorbed(producer) && takes(id)) {
        fusions_.absorbed[static_cast<size_t>(producer)] = true;
      }
    }
  }

  bool HasConstantKernel(const Node& conv) const { return graph_.node(conv.inputs[1]).value != nullptr; }

  bool IsPointwiseOfSeparable(NodeId id) const {
    const Node& node = graph_.node(id);
    const Node& depthwise = graph_.node(node.inputs[0]);
    const ir::Shape& kernel = graph_.node(node.inputs[1]).shape;
    if (depthwise.op != OpKind::kDepthwiseConv2d || !HasConstantKernel(depthwise)) return false;
    if (!IsPicture(node) || !IsPicture(depthwise)) return false;
    const ir::Attributes& a = node.attributes;
    const bool pointwise = kernel[0] == 1 && kernel[1] == 1 && a.strides == std::array<int64_t, 2>{1, 1} &&
                           a.padding.kind != ir::Padding::Kind::kExplicit;
    if (!pointwise || graph_.node(depthwise.inputs[1]).shape[3] != 1) return false;
    const Result<program::StepT> together = DescribeSeparable(graph_, node.inputs[0], id);
    return together.ok() && chooser_.CanRun(*together);
  }

  bool IsPoolOfConv(NodeId id) const {
    const Node& node = graph_.node(id);
    const Node& conv = graph_.node(node.inputs[0]);
    if (conv.op != OpKind::kConv2d || !IsPicture(node) || !IsPicture(conv) || !HasConstantKernel(conv)) return false;
    if (fusions_.IsAbsorbed(conv.inputs[0])) return false;
    const std::array<int64_t, 2> two = {2, 2};
    const Result<ir::ResolvedWindow> pool = ir::ResolveWindow(node.attributes, 2, 2, conv.shape[1], conv.shape[2]);
    if (node.attributes.window != two || node.attributes.strides != two || !pool.ok() || pool->pad_top != 0 ||
        pool->pad_left != 0) {
      return false;
    }
    const Result<program::StepT> together = DescribeConv(graph_, node.inputs[0], id),
                                 apart = DescribeConv(graph_, node.inputs[0]);
    return together.ok() && apart.ok() && chooser_.ShouldFusePool(*together, *apart);
  }

  bool IsSecondOfPair(NodeId id) const {
    const Node& node = graph_.node(id);
    const Node& first = graph_.node(node.inputs[0]);
    if (first.op != OpKind::kConv2d || !IsPicture(node) || !IsPicture(first) || fusions_.IsAbsorbed(first.inputs[0]))
      return false;
    if (!HasConstantKernel(first) || !HasConstantKernel(node)) return false;
    const auto it = pools_.find(id);
    const NodeId pool = it == pools_.end() ? -1 : it->second;
    const Result<program::StepT> together = DescribePair(graph_, node.inputs[0], id, pool),
                                 apart = DescribeConv(graph_, node.inputs[0]), second = DescribeConv(graph_, id, pool);
    return together.ok() && apart.ok() && second.ok() && chooser_.IsPairFaster(*together, *apart, *second);
  }

  const ir::Graph& graph_;
  const Chooser& chooser_;
  std::vector<int> uses_;
  std::unordered_map<NodeId, NodeId> pools_;  // fused, by the convolution that does them
  Fusions fusions_;
};

}  // namespace

Fusions DecideFusions(const ir::Graph& graph, const Chooser& chooser) { return Fuser(graph, chooser).Run(); }

}  // namespace sinew::plan
