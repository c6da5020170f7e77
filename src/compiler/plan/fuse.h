// Fusion: which operations run inside the step of another.
//
// A depthwise convolution that only a pointwise one reads runs in that one's step. A convolution that only a 2x2 max
// pooling of stride 2 reads, or only another convolution, does so where the chooser predicts that one step takes no
// longer than two.
#pragma once

#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/choose.h"

namespace sinew::plan {

struct Fusions {
  std::vector<bool> absorbed;  // by node: run inside the step of the one node that reads it

  bool IsAbsorbed(ir::NodeId node) const { return absorbed[static_cast<size_t>(node)]; }
};

// `graph` has a bound input.
Fusions DecideFusions(const ir::Graph& graph, const Chooser& chooser);

}  // namespace sinew::plan
