// The mean of each channel of a graph's pictures, as measured on what a network is made for.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::plan {

class ChannelMeans {
 public:
  // Of the picture that the node of that name computes.
  void Set(const std::string& node, std::vector<double> means) { by_name_[node] = std::move(means); }

  // Of `node`, or of what it is made of where it only arranges channels; empty where nothing is known.
  std::vector<double> Find(const ir::Graph& graph, ir::NodeId node) const;

 private:
  std::unordered_map<std::string, std::vector<double>> by_name_;
};

}  // namespace sinew::plan
