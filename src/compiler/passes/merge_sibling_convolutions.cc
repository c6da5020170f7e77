// Merging sibling convolutions.
#include "compiler/passes/merge_sibling_convolutions.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/readers.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

using ir::OpKind;
using Group = std::vector<ir::NodeId>;

// Weights of convolutions are packed in blocks of this many output channels (backends/cpu/conv/conv.h); a last block
// that is not full costs as much as a full one.
constexpr int64_t kBlock = 16;

// Input channels from which on transforming the input of a 3x3 or larger convolution is worth sharing: with fewer, such
// a convolution is done directly, without a transform.
constexpr int64_t kMinTransformedChannels = 16;

// Readers that see a channel slice of a wider tensor as it lies. All others need it in one piece, or, like Concat and
// an output, want it written to a place of their own, which the slice of a joint result cannot be: they would cost the
// copy that merging must not.
bool ReadsSlices(OpKind op) {
  switch (op) {
    case OpKind::kConv2d:
    case OpKind::kDepthwiseConv2d:
    case OpKind::kBatchNorm:
    case OpKind::kAdd:
    case OpKind::kRelu:
    case OpKind::kRelu6:
    case OpKind::kPrelu:
    case OpKind::kMaxPool:
    case OpKind::kResizeBilinear:
    case OpKind::kScaleShift:
    case OpKind::kSliceChannels:
    case OpKind::kMap:
    case OpKind::kAveragePool:
    case OpKind::kResizeNearest:
    case OpKind::kDepthToSpace:
      return true;
    default:
      return false;
  }
}

// Everything in which siblings must agree, in the order of a map.
using Geometry = std::tuple<ir::NodeId, int64_t, int64_t, std::array<int64_t, 2>, std::array<int64_t, 2>, int,
                            std::array<int64_t, 4>, int>;

Geometry MakeGeometry(const Convolution& convolution) {
  const ir::Attributes& attributes = convolution.node.attributes;
  const ir::Padding& padding = attributes.padding;
  return {convolution.node.inputs[0],
          convolution.kernel->shape[0],
          convolution.kernel->shape[1],
          attributes.strides,
          attributes.dilations,
          static_cast<int>(padding.kind),
          {padding.top, padding.bottom, padding.left, padding.right},
          static_cast<int>(attributes.activation)};
}

// Whether one convolution is faster than the members of the group one after another. It is in two cases:
//  - Kernels of 3x3 and more at stride 1 over many channels are computed by way of a transform of the input (Winograd);
//    that costs the same for every member and is done once for all of them. So both 7x7 branches of a stage.
//  - Few output channels leave the last blocks of 16 of each member partly empty, and together they fill them. Asked
//    for is an eighth of the blocks: below that, readers that find their slice at an odd offset cost as much as is won.
// Otherwise the arithmetic is the same and the input, read again, is still in the cache: nothing to win.
bool Pays(const ir::Graph& graph, const Group& group) {
  const ir::Node& first = graph.node(group.front());
  const ir::Shape& kernel = graph.node(first.inputs[1]).shape;
  const std::array<int64_t, 2> one = {1, 1};
  if (kernel[0] >= 3 && kernel[1] >= 3 && kernel[2] >= kMinTransformedChannels && first.attributes.strides == one &&
      first.attributes.dilations == one) {
    return true;
  }
  int64_t outputs = 0, blocks_apart = 0;
  for (const ir::NodeId id : group) {
    const int64_t k = graph.node(graph.node(id).inputs[1]).shape[3];
    outputs += k;
    blocks_apart += (k + kBlock - 1) / kBlock;
  }
  const int64_t blocks_joined = (outputs + kBlock - 1) / kBlock;
  return (blocks_apart - blocks_joined) * 8 >= blocks_apart;
}

// For each node, the index of its group; -1 for all that stay.
std::vector<int> FindGroups(const ir::Graph& graph, std::vector<Group>& groups) {
  const Readers readers(graph);
  std::map<Geometry, Group> siblings;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    if (graph.node(id).op != OpKind::kConv2d) continue;
    const std::optional<Convolution> convolution = MatchConvolution(graph, id);
    if (!convolution) continue;
    const bool views = readers.All(id, [&](ir::NodeId reader) { return ReadsSlices(graph.node(reader).op); });
    if (views) siblings[MakeGeometry(*convolution)].push_back(id);
  }
  std::vector<int> group_of(static_cast<size_t>(graph.size()), -1);
  for (auto& [geometry, group] : siblings) {
    if (group.size() < 2 || !Pays(graph, group)) continue;
    for (const ir::NodeId id : group) group_of[static_cast<size_t>(id)] = static_cast<int>(groups.size());
    groups.push_back(std::move(group));
  }
  return group_of;
}

// One convolution with the kernels of the group side by side along K.
Convolution Join(const ir::Graph& graph, const Group& group) {
  std::vector<Convolution> members;
  int64_t outputs = 0;
  for (const ir::NodeId id : group) {
    members.push_back(*MatchConvolution(graph, id));
    outputs += members.back().kernel->shape[3];
  }
  Convolution joined = members.front();
  for (size_t i = 1; i < members.size(); ++i) {
    joined.node.name += "+" + members[i].node.name;
    joined.bias.insert(joined.bias.end(), members[i].bias.begin(), members[i].bias.end());
  }
  ir::Shape shape = members.front().kernel->shape;
  const int64_t rows = shape[0] * shape[1] * shape[2];
  shape[3] = outputs;
  std::vector<float> floats;
  floats.reserve(static_cast<size_t>(rows * outputs));
  for (int64_t row = 0; row < rows; ++row) {
    for (const Convolution& member : members) {
      const auto begin = member.kernel->floats.begin() + row * member.kernel->shape[3];
      floats.insert(floats.end(), begin, begin + member.kernel->shape[3]);
    }
  }
  joined.kernel = std::make_shared<const ir::Tensor>(ir::Tensor::Floats(std::move(shape), std::move(floats)));
  return joined;
}

}  // namespace

Result<ir::Graph> MergeSiblingConvolutions(const ir::Graph& graph, int* changes) {
  std::vector<Group> groups;
  const std::vector<int> group_of = FindGroups(graph, groups);
  std::vector<ir::NodeId> joined_ids(groups.size(), -1);
  std::vector<int64_t> offsets(groups.size(), 0);
  return RewriteNodes(graph, changes, [&](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    if (group_of[static_cast<size_t>(id)] < 0) return false;
    const auto group = static_cast<size_t>(group_of[static_cast<size_t>(id)]);
    const ir::Node& node = graph.node(id);
    if (joined_ids[group] < 0) {  // the first member: all others read the same input, so it is there already
      const Convolution joined = Join(graph, groups[group]);
      SINEW_RETURN_IF_ERROR(ReplaceByConvolution(rewriter, id, joined, rewriter.Mapped(node.inputs[0])));
      joined_ids[group] = rewriter.Mapped(id);
    }
    ir::Node slice;
    slice.op = OpKind::kSliceChannels;
    slice.name = node.name;
    slice.inputs = {joined_ids[group]};
    slice.attributes.offset = offsets[group];
    slice.attributes.count = graph.node(node.inputs[1]).shape[3];
    offsets[group] += slice.attributes.count;
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(slice)).status());
    return true;
  });
}

}  // namespace sinew::passes
