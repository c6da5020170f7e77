// The planner: from a rewritten graph to the plan that goes into an artifact.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/packed_weights.h"
#include "compiler/plan/plan_options.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::plan {

struct PlannedNetwork {
  program::PlanT plan;
  std::vector<double> seconds;  // that each step is to take on one thread; zeros where the backend does not predict
  uint64_t arena_bytes_without_reuse = 0;
  int concatenations = 0;  // in the graph
  int copies = 0;          // that they still cost
};

// `graph`: after the passes, input bound to one picture. Weights go to `weights`. kUnsupported with a list of nodes
// where no kernel family can run them.
Result<PlannedNetwork> PlanNetwork(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights);

}  // namespace sinew::plan
