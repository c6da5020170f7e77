// Fusing additions, subtractions, multiplications and divisions by constants.
#include "compiler/passes/fuse_bias.h"

#include <utility>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/constants.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

// first, then second. The first has no activation.
Affine Compose(const Affine& first, const Affine& second) {
  Affine both{.input = first.input, .scale = {}, .shift = {}, .activation = second.activation};
  for (size_t c = 0; c < first.scale.size(); ++c) {
    both.scale.push_back(first.scale[c] * second.scale[c]);
    both.shift.push_back(first.shift[c] * second.scale[c] + second.shift[c]);
  }
  return both;
}

// Puts `affine` into gamma and beta of the batch norm `before`, in place of old node `id`.
Result<bool> FuseIntoBatchNorm(Rewriter& rewriter, ir::NodeId id, const Affine& affine, ir::Node before) {
  if (before.inputs.size() != 3) return false;
  const ir::Tensor* gamma = FloatConstant(rewriter.graph(), before.inputs[1]);
  const ir::Tensor* beta = FloatConstant(rewriter.graph(), before.inputs[2]);
  if (gamma == nullptr || beta == nullptr) return false;
  const Affine own{.input = before.inputs[0],
                   .scale = {gamma->floats.begin(), gamma->floats.end()},
                   .shift = {beta->floats.begin(), beta->floats.end()}};
  const Affine both = Compose(own, affine);
  std::optional<ir::Tensor> scale = FloatVector(both.scale);
  std::optional<ir::Tensor> shift = FloatVector(both.shift);
  if (!scale || !shift) return false;
  SINEW_ASSIGN_OR_RETURN(before.inputs[1], rewriter.EmitConst(before.name + "/gamma", std::move(*scale)));
  SINEW_ASSIGN_OR_RETURN(before.inputs[2], rewriter.EmitConst(before.name + "/beta", std::move(*shift)));
  before.attributes.activation = affine.activation;
  SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(before)).status());
  return true;
}

// Puts `affine` into the new node that it reads, where that is one that can take it.
Result<bool> FuseIntoProducer(Rewriter& rewriter, ir::NodeId id, const Affine& affine) {
  if (!rewriter.UsedOnce(affine.input)) return false;
  const ir::NodeId input = rewriter.Mapped(affine.input);
  const ir::Node& before = rewriter.graph().node(input);
  if (before.attributes.activation != ir::Activation::kNone) return false;
  if (std::optional<Convolution> convolution = MatchConvolution(rewriter.graph(), input)) {
    if (!ScaleOutputs(*convolution, affine.scale, affine.shift)) return false;
    convolution->node.attributes.activation = affine.activation;
    const ir::NodeId picture = convolution->node.inputs[0];
    SINEW_RETURN_IF_ERROR(ReplaceByConvolution(rewriter, id, *convolution, picture));
    return true;
  }
  if (before.op == ir::OpKind::kBatchNorm) return FuseIntoBatchNorm(rewriter, id, affine, before);
  if (before.op == ir::OpKind::kScaleShift) {
    const std::optional<Affine> first = MatchAffine(rewriter.graph(), before);
    if (!first) return false;
    const std::string name = before.name;
    return ReplaceByScaleShift(rewriter, id, name, Compose(*first, affine), first->input);
  }
  return false;
}

}  // namespace

Result<ir::Graph> FuseBias(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = rewriter.old().node(id);
    const std::optional<Affine> affine = MatchAffine(rewriter.old(), node);
    if (!affine) return false;
    SINEW_ASSIGN_OR_RETURN(const bool fused, FuseIntoProducer(rewriter, id, *affine));
    if (fused || node.op == ir::OpKind::kScaleShift) return fused;
    return ReplaceByScaleShift(rewriter, id, node.name, *affine, rewriter.Mapped(affine->input));
  });
}

}  // namespace sinew::passes
