// How a pass builds its result: walk the old graph in order, emit each node into the new one, redirect what was
// replaced.
//
// Names: a node that a pass makes should carry the name of the layer that it stands for ("conv1" for conv1 with its
// bias, batch norm and activation). The original is by then in the new graph as well, unused; Finish() drops it and
// gives every surviving node the name that it asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::passes {

class Rewriter {
 public:
  explicit Rewriter(const ir::Graph& old);

  const ir::Graph& old() const { return old_; }
  // What was emitted until now. References to its nodes end with the next Emit, Keep or Replace.
  const ir::Graph& graph() const { return new_; }

  // The new node that stands for an old one; it must have been emitted or replaced already.
  ir::NodeId Mapped(ir::NodeId old_id) const { return map_[static_cast<size_t>(old_id)]; }
  // A copy of an old node with its inputs mapped; not emitted.
  ir::Node Copy(ir::NodeId old_id) const;
  // Whether one node or output, and no more, reads an old node. In a pass that only replaces (never redirects), this
  // holds for the new node that stands for it as well: that node may be taken apart by its one reader.
  bool UsedOnce(ir::NodeId old_id) const { return uses_[static_cast<size_t>(old_id)] == 1; }

  // The name that a new node was emitted with; its own may carry a suffix that tells it from the node it replaces.
  const std::string& WantedName(const std::string& name) const;

  // Copies an old node with its inputs mapped.
  Status Keep(ir::NodeId old_id);
  // Emits `node`, inputs already ids of the new graph.
  Result<ir::NodeId> Emit(ir::Node node);
  // Fails where the constants emitted would grow far beyond the old graph's: a weight that many layers share becomes
  // one weight per layer when it is folded, and a small file must not decide how much memory that takes.
  Result<ir::NodeId> EmitConst(std::string name, ir::Tensor value);
  Result<ir::NodeId> EmitConst(std::string name, std::shared_ptr<const ir::Tensor> value);
  // Emits `node` in place of an old one.
  Result<ir::NodeId> Replace(ir::NodeId old_id, ir::Node node);
  // From now on `old_id` means `new_id`.
  void Redirect(ir::NodeId old_id, ir::NodeId new_id) { map_[static_cast<size_t>(old_id)] = new_id; }

  // Carries the outputs over, drops what they do not need (the input always stays), and hands over the graph.
  Result<ir::Graph> Finish();

 private:
  const ir::Graph& old_;
  ir::Graph new_;
  int64_t emittable_;                                      // elements of constants that may still be emitted
  std::unordered_set<const ir::Tensor*> old_values_;       // emitted again, they take no new memory
  std::vector<int> uses_;                                  // of the old nodes
  std::vector<ir::NodeId> map_;                            // old id to new id
  std::vector<std::string> names_;                         // the name that each new node asked for
  std::unordered_map<std::string, std::string> suffixed_;  // name that a new node got instead, to the one it asked for
};

// Whether the outputs depend on each node; the input counts as needed.
std::vector<bool> NeededNodes(const ir::Graph& graph, std::span<const ir::Output> outputs);

// The frame of every pass that looks at one node after another: calls `rewrite` for each old node in order. It returns
// true where it replaced or redirected the node (`changes` counts those); every other node is kept.
using RewriteNode = std::function<Result<bool>(Rewriter& rewriter, ir::NodeId old_id)>;
Result<ir::Graph> RewriteNodes(const ir::Graph& old, int* changes, const RewriteNode& rewrite);

}  // namespace sinew::passes
