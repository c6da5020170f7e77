// A head is what the nodes of one scope hand to nodes outside it.
#include "compiler/import/tensorflow/movenet_heads.h"

#include <string>
#include <string_view>

namespace sinew::import {
namespace {

struct Head {
  std::string_view scope;  // a part of its nodes' names
  bool is_probability;     // a Sigmoid reads it
};
constexpr Head kHeads[] = {{"/kpt_heatmap_0/", true}, {"/center_0/", true},     {"/kpt_regress_0/", false},
                           {"/kpt_offset_0/", false}, {"/box_scale_0/", false}, {"/box_offset_0/", false}};

bool IsIn(const TfNode& node, std::string_view scope) { return node.name.find(scope) != std::string::npos; }

// The only node of the scope that nodes outside it read; -1 where there is none, or another.
int FindEnd(const TfModel& model, const TfTopology& topology, std::string_view scope) {
  int end = -1;
  for (const TfNode& reader : model.nodes) {
    if (IsIn(reader, scope)) continue;
    for (const TfInput& input : reader.inputs) {
      if (input.control || input.name.find(scope) == std::string::npos) continue;
      const int source = topology.Find(input.name);
      if (source < 0 || (end >= 0 && source != end)) return -1;
      end = source;
    }
  }
  return end;
}

int FindSigmoid(const TfModel& model, const TfTopology& topology, int source) {
  for (const TfNode& reader : model.nodes) {
    if (reader.op != "Sigmoid" || reader.inputs.empty() || reader.inputs[0].control) continue;
    if (topology.Find(reader.inputs[0].name) == source) return topology.Find(reader.name);
  }
  return -1;
}

}  // namespace

std::vector<int> FindMoveNetHeads(const TfModel& model, const TfTopology& topology) {
  std::vector<int> heads;
  for (const Head& head : kHeads) {
    int end = FindEnd(model, topology, head.scope);
    if (end >= 0 && head.is_probability) end = FindSigmoid(model, topology, end);
    if (end < 0) return {};
    heads.push_back(end);
  }
  return heads;
}

}  // namespace sinew::import
