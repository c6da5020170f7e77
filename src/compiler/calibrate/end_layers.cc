// Walking in from both ends.
#include "compiler/calibrate/end_layers.h"

#include <vector>

namespace sinew {
namespace {

bool Convolves(const ir::Node& node) {
  return node.op == ir::OpKind::kConv2d || node.op == ir::OpKind::kDepthwiseConv2d;
}

// `id` and what it is made of, up to the convolutions.
void AddWriters(const ir::Graph& graph, ir::NodeId id, std::unordered_set<std::string>* layers) {
  const ir::Node& node = graph.node(id);
  if (node.value != nullptr || node.op == ir::OpKind::kInput || !layers->insert(node.name).second || Convolves(node))
    return;
  for (const ir::NodeId input : node.inputs) AddWriters(graph, input, layers);
}

}  // namespace

std::unordered_set<std::string> EndLayers(const ir::Graph& graph) {
  std::unordered_set<std::string> layers;
  for (const ir::Output& output : graph.outputs()) AddWriters(graph, output.node, &layers);
  // Whether a node passes on the picture, or pools the result of a first convolution.
  std::vector<bool> picture(static_cast<size_t>(graph.size()), false), first(picture);
  const auto reads = [](const ir::Node& node, const std::vector<bool>& which) {
    for (const ir::NodeId input : node.inputs) {
      if (which[static_cast<size_t>(input)]) return true;
    }
    return false;
  };
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    const size_t index = static_cast<size_t>(id);
    if (id == graph.input()) picture[index] = true;
    if (reads(node, picture)) {
      layers.insert(node.name);
      (Convolves(node) ? first : picture)[index] = true;
    } else if (node.op == ir::OpKind::kMaxPool && reads(node, first)) {
      layers.insert(node.name);
    }
  }
  return layers;
}

}  // namespace sinew
