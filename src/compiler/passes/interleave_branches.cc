// Ordering operations by their distance from the input.
#include "compiler/passes/interleave_branches.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {

Result<ir::Graph> InterleaveBranches(const ir::Graph& graph, int* changes) {
  std::vector<ir::NodeId> operations;
  std::vector<int> depth(static_cast<size_t>(graph.size()), 0);  // operations on the longest way to a node
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    if (graph.node(id).op == ir::OpKind::kConst) continue;
    operations.push_back(id);
    for (const ir::NodeId input : graph.node(id).inputs) {
      depth[static_cast<size_t>(id)] = std::max(depth[static_cast<size_t>(id)], depth[static_cast<size_t>(input)] + 1);
    }
  }
  const std::vector<ir::NodeId> before = operations;
  std::stable_sort(operations.begin(), operations.end(), [&](ir::NodeId a, ir::NodeId b) {
    return depth[static_cast<size_t>(a)] < depth[static_cast<size_t>(b)];
  });
  *changes = 0;
  for (size_t i = 0; i < operations.size(); ++i) *changes += operations[i] != before[i];

  Rewriter rewriter(graph);
  std::vector<bool> kept(static_cast<size_t>(graph.size()), false);
  const auto keep = [&](ir::NodeId id) -> Status {
    if (kept[static_cast<size_t>(id)]) return Status();
    kept[static_cast<size_t>(id)] = true;
    return rewriter.Keep(id);
  };
  for (const ir::NodeId id : operations) {
    // Other inputs are less deep, and kept already.
    for (const ir::NodeId input : graph.node(id).inputs) SINEW_RETURN_IF_ERROR(keep(input));
    SINEW_RETURN_IF_ERROR(keep(id));
  }
  for (const ir::Output& output : graph.outputs()) SINEW_RETURN_IF_ERROR(keep(output.node));
  return rewriter.Finish();
}

}  // namespace sinew::passes
