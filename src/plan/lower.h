// Lowering: each IR operation becomes a step of a kernel family, with an algorithm chosen and its weights packed.
#pragma once

#include "artifact/writer.h"
#include "ir/graph.h"
#include "plan/operation.h"
#include "plan/plan_options.h"

namespace sinew::plan {

// Needs a graph whose input is bound, with batch 1. Fails with one message that lists every node that no kernel family
// can run, and why. A depthwise convolution that only a pointwise one reads becomes one step with it.
Result<LoweredGraph> Lower(const ir::Graph& graph, const PlanOptions& options, artifact::BlobPool* pool);

}  // namespace sinew::plan
