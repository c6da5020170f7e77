// Means of concatenations and slices from those of their parts.
#include "compiler/plan/channel_means.h"

namespace sinew::plan {

std::vector<double> ChannelMeans::Find(const ir::Graph& graph, ir::NodeId id) const {
  const ir::Node& node = graph.node(id);
  if (const auto it = by_name_.find(node.name); it != by_name_.end()) return it->second;
  std::vector<double> means;
  switch (node.op) {
    case ir::OpKind::kConcat:
      for (const ir::NodeId input : node.inputs) {
        const std::vector<double> part = Find(graph, input);
        if (part.empty()) return {};
        means.insert(means.end(), part.begin(), part.end());
      }
      break;
    case ir::OpKind::kSliceChannels: {
      const std::vector<double> all = Find(graph, node.inputs[0]);
      const size_t first = static_cast<size_t>(node.attributes.offset), count = static_cast<size_t>(node.shape.back());
      if (first + count > all.size()) return {};
      means.assign(all.begin() + static_cast<ptrdiff_t>(first), all.begin() + static_cast<ptrdiff_t>(first + count));
      break;
    }
    case ir::OpKind::kIdentity:
    case ir::OpKind::kReshape:
    case ir::OpKind::kSqueeze:
      means = Find(graph, node.inputs[0]);
      break;
    default:
      break;
  }
  if (node.shape.empty() || means.size() != static_cast<size_t>(node.shape.back())) return {};
  return means;
}

}  // namespace sinew::plan
