// Groups what was left out by operation and reason.
#include "compiler/import/tensorflow/left_out.h"

#include <fmt/format.h>

#include <map>

namespace sinew::import {
namespace {

constexpr size_t kMaxNamed = 3;

std::string_view Text(LeftOutReason reason) {
  switch (reason) {
    case LeftOutReason::kKept:
      break;
    case LeftOutReason::kNotNeeded:
      return "the outputs do not need it";
    case LeftOutReason::kConstantPassedOn:
      return "passes a constant on";
    case LeftOutReason::kConstantUnused:
      return "its value does not matter where it is read";
    case LeftOutReason::kTurnedIntoAttribute:
      return "turned into an attribute";
  }
  return "";
}

}  // namespace

std::vector<std::string> DescribeLeftOut(const TfModel& model, const std::vector<LeftOutReason>& reasons) {
  struct Group {
    size_t count = 0;
    std::string names;
  };
  std::map<std::pair<std::string_view, LeftOutReason>, Group> groups;
  size_t control_inputs = 0;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    const TfNode& node = model.nodes[i];
    if (reasons[i] == LeftOutReason::kKept) {
      for (const TfInput& input : node.inputs) control_inputs += input.control;
      continue;
    }
    Group& group = groups[{node.op, reasons[i]}];
    if (++group.count <= kMaxNamed) group.names += fmt::format("{}{}", group.names.empty() ? "" : ", ", node.name);
  }
  std::vector<std::string> lines;
  for (const auto& [key, group] : groups) {
    const auto& [op, reason] = key;
    const std::string nodes = group.count <= kMaxNamed ? group.names : fmt::format("{} nodes", group.count);
    lines.push_back(fmt::format("{} ({}): {}", nodes, op, Text(reason)));
  }
  if (control_inputs > 0) {
    lines.push_back(fmt::format("{} control inputs: they order side effects, of which there are none", control_inputs));
  }
  return lines;
}

}  // namespace sinew::import
