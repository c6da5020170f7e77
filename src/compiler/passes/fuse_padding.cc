// Fusing Pad into convolutions.
#include "compiler/passes/fuse_padding.h"

#include <optional>
#include <utility>

#include "base/checked_math.h"
#include "base/error.h"
#include "compiler/passes/constants.h"
#include "compiler/passes/readers.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

// Rows and columns that a kPad adds; nothing where its amounts are unknown or it pads batch or channels.
std::optional<ir::Padding> MatchPad(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != ir::OpKind::kPad || node.dtype != ir::DType::kFloat32) return std::nullopt;
  const ir::Tensor* amounts = IntConstant(graph, node.inputs[1]);
  if (amounts == nullptr || amounts->ints.size() != 8) return std::nullopt;
  const std::vector<int64_t>& p = amounts->ints;  // before and after of N, H, W, C
  if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return std::nullopt;
  if (p[2] < 0 || p[3] < 0 || p[4] < 0 || p[5] < 0) return std::nullopt;
  return ir::Padding{.kind = ir::Padding::Kind::kExplicit, .top = p[2], .bottom = p[3], .left = p[4], .right = p[5]};
}

// `outer` around what the convolution pads itself; nothing where `node` is not a convolution of the padded picture or
// its own padding depends on a size that is not known.
std::optional<ir::Padding> Combined(const ir::Graph& graph, const ir::Node& node, ir::NodeId padded,
                                    ir::Padding outer) {
  if (node.op != ir::OpKind::kConv2d && node.op != ir::OpKind::kDepthwiseConv2d) return std::nullopt;
  if (node.inputs[0] != padded || node.inputs[1] == padded) return std::nullopt;
  const ir::Shape& input = graph.node(padded).shape;
  const ir::Shape& kernel = graph.node(node.inputs[1]).shape;
  ir::Padding own = node.attributes.padding;  // of kValid: all 0
  if (own.kind == ir::Padding::Kind::kSame) {
    if (!ir::IsFullyKnown(input) || !ir::IsFullyKnown(kernel)) return std::nullopt;
    const auto window = ir::ResolveWindow(node.attributes, kernel[0], kernel[1], input[1], input[2]);
    if (!window.ok()) return std::nullopt;
    own = {ir::Padding::Kind::kExplicit, window->pad_top, window->pad_bottom, window->pad_left, window->pad_right};
  }
  for (const auto side : {&ir::Padding::top, &ir::Padding::bottom, &ir::Padding::left, &ir::Padding::right}) {
    const auto sum = CheckedAdd(outer.*side, own.*side);
    if (!sum) return std::nullopt;
    outer.*side = *sum;
  }
  return outer;
}

// For each node, whether it is a kPad that all of its readers can absorb.
std::vector<bool> FindFusable(const ir::Graph& graph) {
  const Readers readers(graph);
  std::vector<bool> fusable(static_cast<size_t>(graph.size()), false);
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const std::optional<ir::Padding> pad = MatchPad(graph, graph.node(id));
    fusable[static_cast<size_t>(id)] = pad && readers.All(id, [&](ir::NodeId reader) {
      return Combined(graph, graph.node(reader), id, *pad).has_value();
    });
  }
  return fusable;
}

}  // namespace

Result<ir::Graph> FusePadding(const ir::Graph& graph, int* changes) {
  const std::vector<bool> fusable = FindFusable(graph);
  return RewriteNodes(graph, changes, [&](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = graph.node(id);
    if (node.inputs.empty() || !fusable[static_cast<size_t>(node.inputs[0])]) return false;
    const ir::Node& pad = graph.node(node.inputs[0]);
    ir::Node fused = rewriter.Copy(id);
    fused.inputs[0] = rewriter.Mapped(pad.inputs[0]);
    fused.attributes.padding = *Combined(graph, node, node.inputs[0], *MatchPad(graph, pad));
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(fused)).status());
    return true;
  });
}

}  // namespace sinew::passes
