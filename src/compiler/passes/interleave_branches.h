// Pass interleave-branches: puts operations that are equally far from the input next to each other.
//
// The branches of a stage, which graphs hold one after the other, then advance together: the picture that all of them
// read first is read while it is in the cache, and it is done with before a branch writes its result, which can take
// its place in memory without a copy.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

// `changes` counts the operations that moved. Constants stand in front of their first reader.
Result<ir::Graph> InterleaveBranches(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
