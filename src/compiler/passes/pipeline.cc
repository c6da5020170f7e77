// The passes and their order: this table fixes it, nothing else does.
#include "compiler/passes/pipeline.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compiler/passes/eliminate_dead_code.h"
#include "compiler/passes/fold_batch_norm.h"
#include "compiler/passes/fold_constants.h"
#include "compiler/passes/fold_depthwise_1x1.h"
#include "compiler/passes/fold_input_scale.h"
#include "compiler/passes/fuse_activation.h"
#include "compiler/passes/fuse_bias.h"
#include "compiler/passes/fuse_padding.h"
#include "compiler/passes/hoist_above_depth_to_space.h"
#include "compiler/passes/interleave_branches.h"
#include "compiler/passes/merge_sibling_convolutions.h"
#include "compiler/passes/remove_identities.h"

namespace sinew::passes {
namespace {

constexpr Pass kPipeline[] = {
    // Less for the others to look at.
    {"eliminate-dead-code", "drop what no output depends on", EliminateDeadCode},
    // First of the rewrites: it makes sizes and weights the constants that the others look for.
    {"fold-constants", "compute operations on constants and known shapes", FoldConstants},
    // Then a pattern is not interrupted by nodes without effect.
    {"remove-identities", "drop operations without effect", RemoveIdentities},
    {"fuse-padding", "turn Pad into the padding of the convolutions that read it", FusePadding},
    // Before those that fold and fuse: they find the convolution then.
    {"hoist-above-depth-to-space", "compute on channels before they become pixels", HoistAboveDepthToSpace},
    // Before fuse-bias: what it cannot fold becomes a ScaleShift, which fuse-bias combines with its neighbours.
    {"fold-batch-norm", "fold batch norms with known statistics into convolutions", FoldBatchNorm},
    {"fuse-bias", "fuse arithmetic with constants into the operation before it", FuseBias},
    // After fuse-bias, which prefers the convolution before a scale and leaves at most one scale in a row.
    {"fold-input-scale", "fold scales into the kernels of the convolutions that read them", FoldInputScale},
    // After biases are known, before activations end what can be moved.
    {"fold-depthwise-1x1", "fold depthwise 1x1 convolutions into their readers", FoldDepthwise1x1},
    {"fuse-activation", "fuse ReLU and ReLU6 into the operation before them", FuseActivation},
    // After all fusions: siblings must agree in everything, the activation included.
    {"merge-sibling-convolutions", "join convolutions of the same input where it pays", MergeSiblingConvolutions},
    // Last, with the operations that will run.
    {"interleave-branches", "let the branches of a stage advance together", InterleaveBranches},
};

Status CheckNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool known =
        std::any_of(std::begin(kPipeline), std::end(kPipeline), [&](const Pass& pass) { return pass.name == name; });
    if (known) continue;
    std::string all;
    for (const Pass& pass : kPipeline) {
      if (!all.empty()) all += ", ";
      all += pass.name;
    }
    return InvalidArgument("no pass is called \"{}\"; the passes are {}", name, all);
  }
  return Status();
}

Status CheckInput(const ir::Graph& graph, bool any_resolution) {
  if (graph.input() < 0) return InvalidArgument("the graph has no input");
  const ir::Node& input = graph.node(graph.input());
  if (any_resolution || ir::IsFullyKnown(input.shape)) return Status();
  return InvalidArgument("input \"{}\" has shape {}: bind it to a resolution before running the passes", input.name,
                         ir::ToString(input.shape));
}

}  // namespace

std::span<const Pass> Pipeline() { return kPipeline; }

Result<PipelineResult> RunPipeline(const ir::Graph& graph, const PipelineOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckNames(options.skip));
  SINEW_RETURN_IF_ERROR(CheckInput(graph, options.any_resolution));
  SINEW_RETURN_IF_ERROR(ir::Verify(graph));
  if (options.observe) SINEW_RETURN_IF_ERROR(options.observe(0, "", graph));

  PipelineResult result{.graph = graph, .reports = {}};
  int index = 0;
  for (const Pass& pass : kPipeline) {
    ++index;
    PassReport report{.name = pass.name, .changes = 0, .nodes_after = result.graph.size(), .skipped = false};
    if (std::find(options.skip.begin(), options.skip.end(), pass.name) != options.skip.end()) {
      report.skipped = true;
      result.reports.push_back(report);
      continue;
    }
    Result<ir::Graph> next = pass.run(result.graph, &report.changes);
    if (!next.ok()) return Prefixed(fmt::format("pass {}", pass.name), next.status());
    if (const Status status = ir::Verify(*next); !status.ok()) {
      return Internal("pass {} left an inconsistent graph: {}", pass.name, status.message());
    }
    result.graph = std::move(*next);
    report.nodes_after = result.graph.size();
    result.reports.push_back(report);
    if (options.observe) SINEW_RETURN_IF_ERROR(options.observe(index, pass.name, result.graph));
  }
  return result;
}

}  // namespace sinew::passes
