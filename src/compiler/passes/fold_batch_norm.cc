// Folding batch norms whose statistics are constants.
#include "compiler/passes/fold_batch_norm.h"

#include <cmath>
#include <utility>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/constants.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

// Scale and shift of a batch norm whose four vectors are constants; nothing for any other node. Fails for statistics
// that no training produces, which would make every value of the layer NaN.
Result<std::optional<Affine>> MatchBatchNorm(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != ir::OpKind::kBatchNorm) return std::optional<Affine>();
  Result<Affine> affine = ir::MakeAffine(graph, node);
  if (!affine.ok()) return std::optional<Affine>();
  for (size_t c = 0; c < affine->scale.size(); ++c) {
    if (std::isfinite(static_cast<float>(affine->scale[c])) && std::isfinite(static_cast<float>(affine->shift[c]))) {
      continue;
    }
    const auto value = [&](size_t input) { return FloatConstant(graph, node.inputs[input])->floats[c]; };
    return InvalidArgument(
        "node \"{}\": channel {} has variance {}, mean {}, gamma {}, beta {} and epsilon {}, which no finite scale and "
        "shift can stand for; the model's statistics are damaged",
        node.name, c, value(4), value(3), value(1), value(2), node.attributes.epsilon);
  }
  return std::optional<Affine>(std::move(*affine));
}

}  // namespace

Result<ir::Graph> FoldBatchNorm(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = rewriter.old().node(id);
    SINEW_ASSIGN_OR_RETURN(const std::optional<Affine> affine, MatchBatchNorm(rewriter.old(), node));
    if (!affine) return false;
    const ir::NodeId input = rewriter.Mapped(affine->input);
    if (rewriter.UsedOnce(affine->input)) {
      std::optional<Convolution> convolution = MatchConvolution(rewriter.graph(), input);
      if (convolution && convolution->node.attributes.activation == ir::Activation::kNone &&
          ScaleOutputs(*convolution, affine->scale, affine->shift)) {
        convolution->node.attributes.activation = affine->activation;
        const ir::NodeId picture = convolution->node.inputs[0];
        SINEW_RETURN_IF_ERROR(ReplaceByConvolution(rewriter, id, *convolution, picture));
        return true;
      }
    }
    return ReplaceByScaleShift(rewriter, id, node.name, *affine, input);
  });
}

}  // namespace sinew::passes
