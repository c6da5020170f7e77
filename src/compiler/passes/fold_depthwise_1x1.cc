// Folding depthwise 1x1 convolutions into their readers.
#include "compiler/passes/fold_depthwise_1x1.h"

#include <algorithm>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

// A depthwise convolution that does no more than scale and shift channels.
bool IsPointwise(const ir::Graph& graph, const Convolution& convolution) {
  return convolution.depthwise() && convolution.kernel->shape[0] == 1 && convolution.kernel->shape[1] == 1 &&
         convolution.node.attributes.strides == std::array<int64_t, 2>{1, 1} &&
         convolution.node.attributes.activation == ir::Activation::kNone && convolution.HasNoPadding(graph);
}

}  // namespace

Result<ir::Graph> FoldDepthwise1x1(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = rewriter.old().node(id);
    if (node.op != ir::OpKind::kConv2d || !rewriter.UsedOnce(node.inputs[0])) return false;
    std::optional<Convolution> reader = MatchConvolution(rewriter.old(), id);
    if (!reader) return false;
    const std::optional<Convolution> depthwise = MatchConvolution(rewriter.graph(), rewriter.Mapped(node.inputs[0]));
    if (!depthwise || !IsPointwise(rewriter.graph(), *depthwise)) return false;

    const std::vector<double>& shift = depthwise->bias;
    const bool shifts = std::any_of(shift.begin(), shift.end(), [](double value) { return value != 0; });
    if (shifts && !reader->HasNoPadding(rewriter.old())) return false;
    const std::vector<double> scale(depthwise->kernel->floats.begin(), depthwise->kernel->floats.end());
    if (!ScaleInputs(*reader, scale, shift, depthwise->kernel->shape[3])) return false;
    SINEW_RETURN_IF_ERROR(ReplaceByConvolution(rewriter, id, *reader, depthwise->node.inputs[0]));
    return true;
  });
}

}  // namespace sinew::passes
