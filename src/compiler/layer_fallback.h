// Falling back: which layers of a plan are to be computed more precisely, and in which order, where people do not
// agree.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.h"
#include "compiler/ir/graph.h"
#include "compiler/plan/error_budget.h"
#include "compiler/plan/layer_limits.h"
#include "program/program.h"
#include "sinew/status.h"

namespace sinew {

// Limits that keep the layers at the ends of a network (calibrate/end_layers.h) at bf16 or better.
plan::LayerLimits LimitEnds(const ir::Graph& graph);

// One layer that goes from its type to the next more precise one.
struct Fallback {
  std::string layer;
  program::DataType type;  // that it is multiplied in
  double share;            // of its error, as it arrives at the output
  double limit;            // of the layer's error from then on
};

// All that a plan's narrow layers can do, from what costs most of the output's precision to what costs least: i8 to
// bf16, and bf16 to more.
Result<std::vector<Fallback>> ListFallbacks(const backends::Backend& backend, const program::PlanT& plan,
                                            const program::BlobLookup& blobs, const plan::ErrorBudget& budget);

// Limits with the first `count` of them done beside `limits`.
plan::LayerLimits WithFallbacks(const plan::LayerLimits& limits, const std::vector<Fallback>& fallbacks, size_t count);

// "conv1 (i8, 2.1e-02), conv7 (i8, 1.0e-02), ...": the first few.
std::string DescribeFallbacks(const std::vector<Fallback>& fallbacks, size_t most);

}  // namespace sinew
