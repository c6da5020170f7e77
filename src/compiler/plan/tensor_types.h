// Which values lie in memory as bf16.
//
// A value is bf16 where whatever writes it can round as it stores, and whatever reads it would round it first thing:
// either way the numbers are the same, and half the bytes are moved. Values that share a buffer (the operands of a
// concatenation, channels of another value, what a pooling or a copy moves) are of one type. The network's input and
// outputs are f32.
#pragma once

#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/operation.h"
#include "compiler/plan/plan_options.h"
#include "program/program.h"

namespace sinew::plan {

// By node. `lowered` has its algorithms chosen, with `options`.
std::vector<program::DataType> ChooseTensorTypes(const ir::Graph& graph, const LoweredGraph& lowered,
                                                 const PlanOptions& options);

}  // namespace sinew::plan
