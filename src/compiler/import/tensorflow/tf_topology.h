// Names to nodes, which nodes the outputs need, and in which order.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// The nodes of a model by name. The model must outlive it.
class TfTopology {
 public:
  // Fails when two nodes share a name.
  static Result<TfTopology> Create(const TfModel& model);

  // -1 where there is none of that name.
  int Find(std::string_view name) const;

  // The nodes that compute `outputs`, each after its data inputs; depth first, so that the order depends on the network
  // and not on the file. Control inputs are not followed. Fails on an input that is not in the model and on a cycle,
  // with the names on it.
  Result<std::vector<int>> Order(const std::vector<int>& outputs) const;

  // Nodes that no other node reads, by name, without constants, placeholders and those that compute nothing.
  std::vector<int> Ends() const;

 private:
  explicit TfTopology(const TfModel& model) : model_(&model) {}
  Status CycleThrough(const std::vector<int>& path, int repeated) const;

  const TfModel* model_;
  std::unordered_map<std::string_view, int> by_name_;
};

}  // namespace sinew::import
