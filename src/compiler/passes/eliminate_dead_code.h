// Pass eliminate-dead-code: drops every node that no output depends on.
//
// Every pass leaves such nodes out of its result (Rewriter::Finish); this one runs first and counts what the model
// brought along, so that the others need not look at it. The input stays even where no output needs it.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> EliminateDeadCode(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
