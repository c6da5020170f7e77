// Sizes that a graph computes: the integer vectors that follow from constants and known shapes.
#pragma once

#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::ir {

// The value of an integer constant.
std::optional<std::vector<int64_t>> ConstantInts(const Graph& graph, NodeId id);

// The value of an integer node (a vector, or a scalar as one element) where it is known: constants, shapes whose
// dimensions are known, and slices, packs, concatenations, casts, sums, differences and products of such. Unknown
// elements of a shape are kUnknown.
std::optional<std::vector<int64_t>> KnownInts(const Graph& graph, NodeId id);

}  // namespace sinew::ir
