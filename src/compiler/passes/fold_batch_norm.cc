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
  if (node.op != ir::OpKind::kBatchNorm || node.inputs.size() != 5) return std::optional<Affine>();
  const ir::Tensor* vectors[4];
  for (size_t i = 0; i < 4; ++i) {
    vectors[i] = FloatConstant(graph, node.inputs[i + 1]);
    if (vectors[i] == nullptr) return std::optional<Affine>();
  }
  const auto& [gamma, beta, mean, variance] = vectors;
  Affine affine{.input = node.inputs[0], .scale = {}, .shift = {}, .activation = node.attributes.activation};
  for (size_t c = 0; c < gamma->floats.size(); ++c) {
    const double spread = variance->floats[c] + node.attributes.epsilon;
    const double scale = gamma->floats[c] / std::sqrt(spread);
    const double shift = beta->floats[c] - mean->floats[c] * scale;
    if (!std::isfinite(static_cast<float>(scale)) || !std::isfinite(static_cast<float>(shift))) {
      return InvalidArgument(
          "node \"{}\": channel {} has variance {}, mean {}, gamma {}, beta {} and epsilon {}, which no finite scale "
          "and "
          "shift can stand for; the model's statistics are damaged",
          node.name, c, variance->floats[c], mean->floats[c], gamma->floats[c], beta->floats[c],
          node.attributes.epsilon);
    }
    affine.scale.push_back(scale);
    affine.shift.push_back(shift);
  }
  return std::optional<Affine>(std::move(affine));
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
