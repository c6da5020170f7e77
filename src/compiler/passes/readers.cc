// Who reads a node.
#include "compiler/passes/readers.h"

#include <algorithm>

namespace sinew::passes {

Readers::Readers(const ir::Graph& graph)
    : readers_(static_cast<size_t>(graph.size())), is_output_(static_cast<size_t>(graph.size()), false) {
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    for (const ir::NodeId input : graph.node(id).inputs) readers_[static_cast<size_t>(input)].push_back(id);
  }
  for (const ir::Output& output : graph.outputs()) is_output_[static_cast<size_t>(output.node)] = true;
}

bool Readers::All(ir::NodeId id, const std::function<bool(ir::NodeId)>& predicate) const {
  const std::vector<ir::NodeId>& readers = Of(id);
  return !is_output_[static_cast<size_t>(id)] && !readers.empty() &&
         std::all_of(readers.begin(), readers.end(), predicate);
}

}  // namespace sinew::passes
