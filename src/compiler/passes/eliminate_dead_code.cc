// Dropping what no output depends on.
#include "compiler/passes/eliminate_dead_code.h"

#include <algorithm>

#include "compiler/passes/rewriter.h"

namespace sinew::passes {

Result<ir::Graph> EliminateDeadCode(const ir::Graph& graph, int* changes) {
  const std::vector<bool> needed = NeededNodes(graph, graph.outputs());
  const auto dead = std::count(needed.begin(), needed.end(), false);
  Result<ir::Graph> result = RewriteNodes(graph, changes, [](Rewriter&, ir::NodeId) -> Result<bool> { return false; });
  *changes = static_cast<int>(dead);
  return result;
}

}  // namespace sinew::passes
