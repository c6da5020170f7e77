// Swapping a kDepthToSpace with its only reader.
#include "compiler/passes/hoist_above_depth_to_space.h"

#include <utility>

#include "base/error.h"
#include "compiler/ir/affine.h"
#include "compiler/passes/constants.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

using ir::OpKind;

bool WorksOnElements(OpKind op) { return op == OpKind::kRelu || op == OpKind::kRelu6 || op == OpKind::kMap; }

// One value an output channel, for the input channels that become it.
std::vector<double> ForInputChannels(const std::vector<double>& values, const ir::Attributes& blocks) {
  const size_t pixels = static_cast<size_t>(blocks.block * blocks.block);
  std::vector<double> result(values.size() * pixels);
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = values[blocks.pixels_innermost ? i / pixels : i % values.size()];
  }
  return result;
}

// The reader as a node on the blocks' input; nothing where it is none that can be moved.
Result<std::optional<ir::Node>> Moved(Rewriter& rewriter, ir::NodeId id, const ir::Node& blocks) {
  const ir::Node& reader = rewriter.old().node(id);
  ir::Node moved = reader;
  moved.inputs = {blocks.inputs[0]};
  if (WorksOnElements(reader.op)) return std::optional(moved);
  const Result<ir::Affine> affine = ir::MakeAffine(rewriter.old(), reader);
  if (!affine.ok()) return std::optional<ir::Node>();
  std::optional<ir::Tensor> scale = FloatVector(ForInputChannels(affine->scale, blocks.attributes));
  std::optional<ir::Tensor> shift = FloatVector(ForInputChannels(affine->shift, blocks.attributes));
  if (!scale || !shift) return std::optional<ir::Node>();
  moved.op = OpKind::kScaleShift;
  moved.attributes = {};
  moved.attributes.activation = affine->activation;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scale_id, rewriter.EmitConst(reader.name + "/scale", std::move(*scale)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shift_id, rewriter.EmitConst(reader.name + "/shift", std::move(*shift)));
  moved.inputs = {blocks.inputs[0], scale_id, shift_id};
  return std::optional(moved);
}

// The picture that the node reads, an old id; -1 where it reads none or several.
ir::NodeId OnlyPicture(const ir::Graph& graph, const ir::Node& node) {
  ir::NodeId picture = -1;
  for (const ir::NodeId input : node.inputs) {
    if (graph.node(input).op == OpKind::kConst) continue;
    if (picture >= 0) return -1;
    picture = input;
  }
  return picture;
}

}  // namespace

Result<ir::Graph> HoistAboveDepthToSpace(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::NodeId input = OnlyPicture(rewriter.old(), rewriter.old().node(id));
    if (input < 0 || !rewriter.UsedOnce(input)) return false;
    ir::Node blocks = rewriter.graph().node(rewriter.Mapped(input));
    if (blocks.op != OpKind::kDepthToSpace) return false;
    SINEW_ASSIGN_OR_RETURN(std::optional<ir::Node> moved, Moved(rewriter, id, blocks));
    if (!moved) return false;
    moved->name += "/channels";
    SINEW_ASSIGN_OR_RETURN(blocks.inputs[0], rewriter.Emit(std::move(*moved)));
    blocks.name = rewriter.old().node(id).name;
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(blocks)).status());
    return true;
  });
}

}  // namespace sinew::passes
