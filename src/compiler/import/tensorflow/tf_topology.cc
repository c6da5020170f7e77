// Depth-first order with an explicit stack: a file may chain more nodes than a call stack holds.
#include "compiler/import/tensorflow/tf_topology.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::import {
namespace {

constexpr std::string_view kNeverOutputs[] = {"Const",
                                              "Placeholder",
                                              "NoOp",
                                              "Assert",
                                              "SaveV2",
                                              "RestoreV2",
                                              "Assign",
                                              "AssignVariableOp",
                                              "VariableV2",
                                              "VarHandleOp",
                                              "MergeV2Checkpoints"};

std::string_view NodeName(const TfModel& model, int node) { return model.nodes[static_cast<size_t>(node)].name; }

}  // namespace

Result<TfTopology> TfTopology::Create(const TfModel& model) {
  TfTopology topology(model);
  topology.by_name_.reserve(model.nodes.size());
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (!topology.by_name_.emplace(model.nodes[i].name, static_cast<int>(i)).second) {
      return Corrupt("two nodes are named \"{}\"", model.nodes[i].name);
    }
  }
  return topology;
}

int TfTopology::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? -1 : found->second;
}

Status TfTopology::CycleThrough(const std::vector<int>& path, int repeated) const {
  const auto start = std::find(path.begin(), path.end(), repeated);
  const size_t length = static_cast<size_t>(path.end() - start);
  constexpr size_t kMaxListed = 50;
  std::string names;
  for (size_t i = 0; i < std::min(length, kMaxListed); ++i) {
    names += fmt::format("\"{}\" reads ", NodeName(*model_, start[i]));
  }
  if (length > kMaxListed) names += fmt::format("({} more) reads ", length - kMaxListed);
  return Corrupt("the graph has a cycle: {}\"{}\"", names, NodeName(*model_, repeated));
}

Result<std::vector<int>> TfTopology::Order(const std::vector<int>& outputs) const {
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(model_->nodes.size(), Mark::kNew);
  std::vector<int> order;
  // The nodes being visited, and for each the number of inputs already followed.
  std::vector<int> path;
  std::vector<size_t> followed;
  const auto open = [&](int node) {
    marks[static_cast<size_t>(node)] = Mark::kOpen;
    path.push_back(node);
    followed.push_back(0);
  };
  for (const int output : outputs) {
    if (marks[static_cast<size_t>(output)] == Mark::kNew) open(output);
    while (!path.empty()) {
      const TfNode& node = model_->nodes[static_cast<size_t>(path.back())];
      if (followed.back() == node.inputs.size()) {
        marks[static_cast<size_t>(path.back())] = Mark::kDone;
        order.push_back(path.back());
        path.pop_back();
        followed.pop_back();
        continue;
      }
      const TfInput& input = node.inputs[followed.back()++];
      if (input.control) continue;
      const int next = Find(input.name);
      if (next < 0) {
        return Corrupt("node \"{}\" reads \"{}\", which is not in the file (cut short?)", node.name, input.name);
      }
      if (marks[static_cast<size_t>(next)] == Mark::kOpen) return CycleThrough(path, next);
      if (marks[static_cast<size_t>(next)] == Mark::kNew) open(next);
    }
  }
  return order;
}

std::vector<int> TfTopology::Ends() const {
  std::vector<bool> read(model_->nodes.size(), false);
  for (const TfNode& node : model_->nodes) {
    for (const TfInput& input : node.inputs) {
      const int source = input.control ? -1 : Find(input.name);
      if (source >= 0) read[static_cast<size_t>(source)] = true;
    }
  }
  std::vector<int> ends;
  for (size_t i = 0; i < read.size(); ++i) {
    if (!read[i] && std::ranges::find(kNeverOutputs, model_->nodes[i].op) == std::end(kNeverOutputs)) {
      ends.push_back(static_cast<int>(i));
    }
  }
  std::ranges::sort(ends, {}, [this](int node) { return NodeName(*model_, node); });
  return ends;
}

}  // namespace sinew::import
