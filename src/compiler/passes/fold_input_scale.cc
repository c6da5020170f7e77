// Folding scales before convolutions into their kernels.
#include "compiler/passes/fold_input_scale.h"

#include <algorithm>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/readers.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

bool CanAbsorb(const ir::Graph& graph, ir::NodeId id, const Affine& affine) {
  const std::optional<Convolution> convolution = MatchConvolution(graph, id);
  if (!convolution) return false;
  const bool shifts = std::any_of(affine.shift.begin(), affine.shift.end(), [](double value) { return value != 0; });
  return !shifts || convolution->HasNoPadding(graph);
}

// For each node, whether it is a scale that all of its readers can absorb.
std::vector<bool> FindFoldable(const ir::Graph& graph) {
  const Readers readers(graph);
  std::vector<bool> foldable(static_cast<size_t>(graph.size()), false);
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const std::optional<Affine> affine = MatchAffine(graph, graph.node(id));
    if (!affine || affine->activation != ir::Activation::kNone) continue;
    foldable[static_cast<size_t>(id)] = readers.All(
        id, [&](ir::NodeId reader) { return graph.node(reader).inputs[0] == id && CanAbsorb(graph, reader, *affine); });
  }
  return foldable;
}

}  // namespace

Result<ir::Graph> FoldInputScale(const ir::Graph& graph, int* changes) {
  const std::vector<bool> foldable = FindFoldable(graph);
  return RewriteNodes(graph, changes, [&](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = graph.node(id);
    if (node.inputs.empty() || !foldable[static_cast<size_t>(node.inputs[0])]) return false;
    const std::optional<Affine> affine = MatchAffine(graph, graph.node(node.inputs[0]));
    std::optional<Convolution> convolution = MatchConvolution(graph, id);
    if (!ScaleInputs(*convolution, affine->scale, affine->shift, 1)) return false;
    SINEW_RETURN_IF_ERROR(ReplaceByConvolution(rewriter, id, *convolution, rewriter.Mapped(affine->input)));
    return true;
  });
}

}  // namespace sinew::passes
