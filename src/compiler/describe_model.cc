// The way from the output back to the input.
#include "compiler/describe_model.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinew {
namespace {

using ir::Node;
using ir::NodeId;
using ir::OpKind;

// Cells of a node's result on the input: `stride` pixels from one to the next, in the same way along both sides, the
// first one's area beginning at `first`.
struct Cells {
  int64_t stride = 1;
  int64_t first = 0;
  bool same_convolution = false;  // `first` depends on the size, by Downsampling::kSameConvolution's rule
};

// Follows the first picture that each node reads: all that a concatenation or sum reads have the same cells.
class CellFinder {
 public:
  explicit CellFinder(const ir::Graph& graph) : graph_(graph) {}

  std::optional<Cells> Find(NodeId output) const {
    std::vector<NodeId> path;  // from the output to the input
    for (NodeId id = output; id != graph_.input();) {
      path.push_back(id);
      const std::optional<NodeId> picture = PictureRead(id);
      if (!picture) return std::nullopt;
      id = *picture;
    }
    Cells cells;
    for (auto id = path.rbegin(); id != path.rend(); ++id) {
      if (!Pass(graph_.node(*id), &cells)) return std::nullopt;
    }
    return cells;
  }

 private:
  std::optional<NodeId> PictureRead(NodeId id) const {
    for (const NodeId input : graph_.node(id).inputs) {
      if (graph_.node(input).value == nullptr && graph_.node(input).shape.size() == 4) return input;
    }
    return std::nullopt;
  }

  // The cells behind a node.
  bool Pass(const Node& node, Cells* cells) const {
    switch (node.op) {
      case OpKind::kConv2d:
      case OpKind::kDepthwiseConv2d: {
        const ir::Shape& kernel = graph_.node(node.inputs[1]).shape;
        return PassWindow(node, {kernel[0], kernel[1]}, cells);
      }
      case OpKind::kMaxPool:
      case OpKind::kAveragePool:
        return PassPool(node, cells);
      case OpKind::kResizeBilinear:
      case OpKind::kResizeNearest:
        return PassResize(node, cells);
      case OpKind::kDepthToSpace:
        return PassBlocks(node, cells);
      case OpKind::kSpatialMean:
        return false;
      case OpKind::kPad:
        return PassPad(node, cells);
      default:
        return true;
    }
  }

  bool PassWindow(const Node& node, std::array<int64_t, 2> kernel, Cells* cells) const {
    const auto& strides = node.attributes.strides;
    const ir::Padding& padding = node.attributes.padding;
    if (strides[0] != strides[1]) return false;
    if (padding.kind == ir::Padding::Kind::kSame) {
      if (strides[0] == 1) return true;
      if (strides[0] != 2) return false;
      cells->same_convolution = true;
    } else {
      // A kernel of r taps, padded by (r - 1) / 2, has its first centre on the first cell; by the convention of
      // Heads::first_cell, a strided one then begins one cell before it.
      const int64_t top = padding.kind == ir::Padding::Kind::kExplicit ? padding.top : 0,
                    left = padding.kind == ir::Padding::Kind::kExplicit ? padding.left : 0;
      const int64_t dilation = node.attributes.dilations[0];
      if (top != left || kernel[0] != kernel[1]) return false;
      cells->first += ((kernel[0] - 1) * dilation / 2 - top - (strides[0] > 1 ? 1 : 0)) * cells->stride;
    }
    cells->stride *= strides[0];
    return true;
  }

  // A pool's cell is the area of its window, which begins with it.
  bool PassPool(const Node& node, Cells* cells) const {
    const auto& strides = node.attributes.strides;
    const ir::Padding& padding = node.attributes.padding;
    if (strides[0] != strides[1]) return false;
    if (padding.kind == ir::Padding::Kind::kExplicit) {
      if (padding.top != padding.left) return false;
      cells->first -= padding.top * cells->stride;
    }
    cells->stride *= strides[0];
    return true;
  }

  // Whole factors only: other cells are not whole pixels.
  bool PassResize(const Node& node, Cells* cells) const {
    const ir::Shape &in = graph_.node(node.inputs[0]).shape, &out = node.shape;
    const auto factor = [](int64_t large, int64_t small) { return (large + small - 1) / small; };
    const int64_t up = factor(out[1], in[1]), down = factor(in[1], out[1]);
    if (factor(out[2], in[2]) != up || factor(in[2], out[2]) != down) return false;
    cells->stride *= down;
    if (cells->stride % up != 0) return false;
    cells->stride /= up;
    return true;
  }

  // The pixels of a block are the parts of a cell.
  static bool PassBlocks(const Node& node, Cells* cells) {
    if (cells->stride % node.attributes.block != 0) return false;
    cells->stride /= node.attributes.block;
    return true;
  }

  bool PassPad(const Node& node, Cells* cells) const {
    const Node& paddings = graph_.node(node.inputs[1]);
    if (paddings.value == nullptr || paddings.value->ints.size() != 8) return false;
    const int64_t top = paddings.value->ints[2], left = paddings.value->ints[4];
    if (top != left) return false;
    cells->first -= top * cells->stride;
    return true;
  }

  const ir::Graph& graph_;
};

struct Known {
  import::Framework framework;
  int64_t channels;
  ModelDescription (*describe)();
};

constexpr Known kKnown[] = {
    {import::Framework::kTensorFlow, 57, [] { return TfPoseDescription(); }},
    {import::Framework::kCaffe, 78, OpenPoseBody25Description},
    {import::Framework::kCaffe, 57, OpenPoseCocoDescription},
    {import::Framework::kCaffe, 44, OpenPoseMpiDescription},
    // As `sinew export` writes them.
    {import::Framework::kOnnx, 57, [] { return TfPoseDescription(); }},
};

// The last output of that many channels; -1: there is none.
int FindOutput(const ir::Graph& graph, int64_t channels) {
  for (size_t i = graph.outputs().size(); i-- > 0;) {
    const ir::Shape& shape = graph.node(graph.outputs()[i].node).shape;
    if (shape.size() == 4 && shape[3] == channels) return static_cast<int>(i);
  }
  return -1;
}

// Networks of PyTorch with heat maps and fields in outputs of their own. Their cells begin with the picture, as they
// were trained, whatever the paddings on the way suggest.
struct TwoHeads {
  int64_t heat_channels, field_channels;
  ModelDescription (*describe)(int heat_output, int field_output);
};
constexpr TwoHeads kTwoHeads[] = {{19, 38, LightweightOpenPoseDescription}, {18, 42, TrtPoseDescription}};

std::optional<ModelDescription> DescribeTwoHeads(const ir::Graph& graph) {
  const ir::Shape& input = graph.node(graph.input()).shape;
  for (const TwoHeads& known : kTwoHeads) {
    const int heat = FindOutput(graph, known.heat_channels), fields = FindOutput(graph, known.field_channels);
    if (heat < 0 || fields < 0) continue;
    const ModelDescription description = known.describe(heat, fields);
    const auto fits = [&](int output) {
      const ir::Shape& shape = graph.node(graph.outputs()[static_cast<size_t>(output)].node).shape;
      return shape[1] == description.heads.CellCount(static_cast<int>(input[1])) &&
             shape[2] == description.heads.CellCount(static_cast<int>(input[2]));
    };
    if (fits(heat) && fits(fields)) return description;
  }
  return std::nullopt;
}

// Networks with more heads, told by a part of each output's name and its channels.
struct NamedHead {
  std::string_view name_part;
  int64_t channels;
  ChannelRange Heads::*range;
};
constexpr NamedHead kPoseNetHeads[] = {{"heatmap", 17, &Heads::heat_maps},
                                       {"offset", 34, &Heads::offsets},
                                       {"displacement_fwd", 32, &Heads::forward_displacements},
                                       {"displacement_bwd", 32, &Heads::backward_displacements}};
// The first two are what a Sigmoid makes of their heads.
constexpr NamedHead kMoveNetHeads[] = {{"", 17, &Heads::heat_maps},
                                       {"", 1, &Heads::centers},
                                       {"kpt_regress", 34, &Heads::regression},
                                       {"kpt_offset", 34, &Heads::offsets},
                                       {"box_scale", 2, &Heads::box_sizes},
                                       {"box_offset", 2, &Heads::box_offsets}};
struct ManyHeads {
  std::span<const NamedHead> heads;
  ModelDescription (*describe)();
};
constexpr ManyHeads kManyHeads[] = {{kPoseNetHeads, PoseNetDescription}, {kMoveNetHeads, MoveNetMultiPoseDescription}};

// The output that the head is; -1 where there is none, or several.
int FindOutput(const ir::Graph& graph, const NamedHead& head) {
  int found = -1;
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    const ir::Output& output = graph.outputs()[i];
    const ir::Shape& shape = graph.node(output.node).shape;
    if (shape.size() != 4 || shape[3] != head.channels || output.name.find(head.name_part) == std::string::npos)
      continue;
    if (found >= 0) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

std::optional<ModelDescription> DescribeManyHeads(const ir::Graph& graph) {
  for (const ManyHeads& known : kManyHeads) {
    if (graph.outputs().size() != known.heads.size()) continue;
    ModelDescription description = known.describe();
    for (const NamedHead& head : known.heads) (description.heads.*head.range).output = FindOutput(graph, head);
    if (description.Validate().ok()) return description;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ModelDescription> DescribeModel(const ir::Graph& graph, import::Framework framework) {
  if (graph.outputs().empty() || graph.input() < 0) return std::nullopt;
  if (const auto description = DescribeManyHeads(graph)) return description;
  const NodeId output = graph.outputs()[0].node;
  const ir::Shape &shape = graph.node(output).shape, &input = graph.node(graph.input()).shape;
  if (shape.size() != 4 || input.size() != 4 || input[3] != 3) return std::nullopt;
  if (framework == import::Framework::kOnnx) {
    if (const auto description = DescribeTwoHeads(graph)) return description;
  }
  const auto* const known = std::ranges::find_if(
      kKnown, [&](const Known& each) { return each.framework == framework && each.channels == shape[3]; });
  if (known == std::end(kKnown)) return std::nullopt;
  const std::optional<Cells> cells = CellFinder(graph).Find(output);
  if (!cells) return std::nullopt;

  ModelDescription description = known->describe();
  description.heads.downsampling = cells->same_convolution ? Downsampling::kSameConvolution : Downsampling::kFixed;
  description.heads.stride = static_cast<int>(cells->stride);
  description.heads.first_cell = static_cast<float>(cells->first);
  for (const size_t side : {size_t{1}, size_t{2}}) {
    if (shape[side] != (input[side] + cells->stride - 1) / cells->stride) return std::nullopt;
  }
  if (!description.Validate().ok()) return std::nullopt;
  return description;
}

}  // namespace sinew
