// Lowering: each IR operation becomes a step of a kernel family, with an algorithm chosen and its weights packed.
#pragma once

#include "compiler/ir/graph.h"
#include "compiler/plan/operation.h"
#include "compiler/plan/packed_weights.h"
#include "compiler/plan/plan_options.h"

namespace sinew::plan {

// Needs a graph whose input is bound, with batch 1. Fails with one message that lists every node that no kernel family
// can run, and why. Some operations are done in the step of another: see fuse.h.
Result<LoweredGraph> Lower(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights);

}  // namespace sinew::plan
