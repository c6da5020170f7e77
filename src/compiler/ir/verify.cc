// A graph's invariants, checked from scratch.
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "compiler/ir/graph.h"

namespace sinew::ir {

Status Verify(const Graph& graph) {
  std::unordered_set<std::string_view> names;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (!names.insert(node.name).second) return Internal("two nodes are called \"{}\"", node.name);
    for (const NodeId input : node.inputs) {
      if (input < 0 || input >= id)
        return Internal("node \"{}\" reads node {}, which does not come before it", node.name, input);
    }
    SINEW_ASSIGN_OR_RETURN(const TypedShape type, InferShape(graph, node));
    if (type.dtype != node.dtype || type.shape != node.shape) {
      return Internal("node \"{}\" has type {}{}, its inputs make it {}{}", node.name, DTypeName(node.dtype),
                      ToString(node.shape), DTypeName(type.dtype), ToString(type.shape));
    }
  }
  if (graph.outputs().empty()) return InvalidArgument("the graph has no output");
  for (const Output& output : graph.outputs()) {
    if (output.node < 0 || output.node >= graph.size())
      return Internal("output \"{}\" is node {}, which does not exist", output.name, output.node);
  }
  return Status();
}

}  // namespace sinew::ir
