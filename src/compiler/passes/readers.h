// Who reads a node: what passes ask that change a node only where all of its readers can do without it.
#pragma once

#include <functional>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::passes {

class Readers {
 public:
  explicit Readers(const ir::Graph& graph);

  // The nodes that read `id`, in order; one that reads it twice stands there twice.
  const std::vector<ir::NodeId>& Of(ir::NodeId id) const { return readers_[static_cast<size_t>(id)]; }
  // Whether `id` is read by at least one node, by no output, and only by nodes for which `predicate` holds.
  bool All(ir::NodeId id, const std::function<bool(ir::NodeId)>& predicate) const;

 private:
  std::vector<std::vector<ir::NodeId>> readers_;
  std::vector<bool> is_output_;
};

}  // namespace sinew::passes
