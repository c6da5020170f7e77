// Removing nodes without effect.
#include "compiler/passes/remove_identities.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compiler/passes/affine.h"
#include "compiler/passes/constants.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

using ir::OpKind;

bool IsPadByNothing(const ir::Graph& graph, const ir::Node& node) {
  const ir::Tensor* amounts = IntConstant(graph, node.inputs[1]);
  return amounts != nullptr &&
         std::all_of(amounts->ints.begin(), amounts->ints.end(), [](int64_t value) { return value == 0; });
}

// With equal shapes, a slice that only steps by 1 and neither adds nor drops dimensions takes everything.
bool IsSliceOfEverything(const ir::Graph& graph, const ir::Node& node) {
  const ir::Tensor* strides = IntConstant(graph, node.inputs[3]);
  return node.attributes.new_axis_mask == 0 && node.attributes.shrink_axis_mask == 0 && strides != nullptr &&
         std::all_of(strides->ints.begin(), strides->ints.end(), [](int64_t value) { return value == 1; });
}

bool IsClamped(const ir::Node& node, ir::Activation activation) {
  const bool relu6 = node.op == OpKind::kRelu6 || node.attributes.activation == ir::Activation::kRelu6;
  if (activation == ir::Activation::kRelu6) return relu6;
  return relu6 || node.op == OpKind::kRelu || node.attributes.activation == ir::Activation::kRelu;
}

// The input of `node` that its result equals; -1 where it computes something. `node` is not in the graph yet, its
// inputs are.
ir::NodeId EqualInput(const ir::Graph& graph, const ir::Node& node, const ir::TypedShape& type) {
  if (node.inputs.empty()) return -1;
  const ir::NodeId input = node.inputs[0];
  const ir::Node& before = graph.node(input);
  if (node.op == OpKind::kIdentity) return input;
  if (node.op == OpKind::kRelu && IsClamped(before, ir::Activation::kRelu)) return input;
  if (node.op == OpKind::kRelu6 && IsClamped(before, ir::Activation::kRelu6)) return input;
  if (before.dtype == type.dtype && node.op == OpKind::kCast) return input;
  if (before.dtype == type.dtype && node.op == OpKind::kConcat && node.inputs.size() == 1) return input;

  ir::Node typed = node;
  typed.shape = type.shape;
  typed.dtype = type.dtype;
  if (const std::optional<Affine> affine = MatchAffine(graph, typed)) {
    const bool unit = std::all_of(affine->scale.begin(), affine->scale.end(), [](double v) { return v == 1; }) &&
                      std::all_of(affine->shift.begin(), affine->shift.end(), [](double v) { return v == 0; });
    return unit && affine->activation == ir::Activation::kNone ? affine->input : -1;
  }

  // All others need to know that the shape stays.
  if (before.dtype != type.dtype || before.shape != type.shape || !ir::IsFullyKnown(type.shape)) return -1;
  switch (node.op) {
    case OpKind::kReshape:
    case OpKind::kSqueeze:
    case OpKind::kResizeBilinear:  // every kind of sampling meets the pixels themselves
    case OpKind::kResizeNearest:
    case OpKind::kSliceChannels:
      return input;
    case OpKind::kPad:
      return IsPadByNothing(graph, node) ? input : -1;
    case OpKind::kStridedSlice:
      return IsSliceOfEverything(graph, node) ? input : -1;
    case OpKind::kMaxPool:
    case OpKind::kAveragePool:
      return node.attributes.window == std::array<int64_t, 2>{1, 1} &&
                     node.attributes.strides == std::array<int64_t, 2>{1, 1}
                 ? input
                 : -1;
    default:
      return -1;
  }
}

}  // namespace

Result<ir::Graph> RemoveIdentities(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    ir::Node node = rewriter.Copy(id);
    if (node.inputs.empty()) return false;
    SINEW_ASSIGN_OR_RETURN(const ir::TypedShape type, ir::InferShape(rewriter.graph(), node));
    const ir::NodeId equal = EqualInput(rewriter.graph(), node, type);
    if (equal >= 0) {
      rewriter.Redirect(id, equal);
      return true;
    }
    const ir::Node& before = rewriter.graph().node(node.inputs[0]);
    if (node.op == OpKind::kRelu6 && before.op == OpKind::kRelu) {
      node.inputs[0] = before.inputs[0];
      SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(node)).status());
      return true;
    }
    return false;
  });
}

}  // namespace sinew::passes
