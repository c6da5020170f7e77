// Operations that move elements or compute sizes.
#include <algorithm>

#include "base/error.h"
#include "compiler/import/tensorflow/ops.h"

namespace sinew::import {
namespace {

// Joins the inputs from `first` to before `end` along the constant at `axis_index`.
Result<ir::NodeId> Join(NodeContext& context, size_t first, size_t end, size_t axis_index) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> axis, context.ConstantInts(axis_index, "axis"));
  if (axis.size() != 1) return Corrupt("its axis has {} values", axis.size());
  std::vector<ir::NodeId> inputs;
  for (size_t i = first; i < end; ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.Input(i));
    inputs.push_back(input);
  }
  if (inputs.empty()) return Corrupt("it joins nothing");
  ir::Attributes attributes;
  const int64_t rank = static_cast<int64_t>(context.shape_of(inputs[0]).size());
  SINEW_ASSIGN_OR_RETURN(attributes.axis, NormalizeAxis(axis[0], rank));
  return context.Emit(ir::OpKind::kConcat, std::move(inputs), attributes);
}

}  // namespace

Result<ir::NodeId> ConvertConcat(NodeContext& context) { return Join(context, 1, context.input_count(), 0); }

Result<ir::NodeId> ConvertConcatV2(NodeContext& context) {
  if (context.input_count() < 2) return Corrupt("it joins nothing");
  return Join(context, 0, context.input_count() - 1, context.input_count() - 1);
}

Result<ir::NodeId> ConvertPack(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const int64_t axis, context.Int("axis", 0));
  SINEW_ASSIGN_OR_RETURN(std::vector<ir::NodeId> inputs, context.Inputs());
  if (inputs.empty()) return Corrupt("it stacks nothing");
  ir::Attributes attributes;
  const int64_t rank = static_cast<int64_t>(context.shape_of(inputs[0]).size()) + 1;
  SINEW_ASSIGN_OR_RETURN(attributes.axis, NormalizeAxis(axis, rank));
  return context.Emit(ir::OpKind::kPack, std::move(inputs), attributes);
}

Result<ir::NodeId> ConvertPad(NodeContext& context) {
  SINEW_RETURN_IF_ERROR(context.ConstantInts(1, "paddings").status());
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId paddings, context.Input(1));
  return context.Emit(ir::OpKind::kPad, {x, paddings});
}

Result<ir::NodeId> ConvertPadV2(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::Tensor* value, context.ConstantInput(2));
  const bool zero = value && std::ranges::all_of(value->floats, [](float v) { return v == 0; }) &&
                    std::ranges::all_of(value->ints, [](int64_t v) { return v == 0; });
  if (!zero) return Unsupported("padding with something else than the constant 0");
  return ConvertPad(context);
}

// The shape may be computed: the IR resolves it once a resolution is bound.
Result<ir::NodeId> ConvertReshape(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shape, context.Input(1));
  return context.Emit(ir::OpKind::kReshape, {x, shape});
}

Result<ir::NodeId> ConvertResizeBilinear(NodeContext& context) {
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.align_corners, context.Bool("align_corners", false));
  SINEW_ASSIGN_OR_RETURN(attributes.half_pixel_centers, context.Bool("half_pixel_centers", false));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId size, context.Input(1));
  return context.Emit(ir::OpKind::kResizeBilinear, {x, size}, attributes);
}

Result<ir::NodeId> ConvertShape(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  return context.Emit(ir::OpKind::kShape, {x});
}

Result<ir::NodeId> ConvertSqueeze(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> axes, context.Ints("squeeze_dims"));
  if (axes.empty()) {
    SINEW_ASSIGN_OR_RETURN(axes, context.Ints("axis"));
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Input(0));
  ir::Attributes attributes;
  for (const int64_t axis : axes) {
    SINEW_ASSIGN_OR_RETURN(const int64_t from_front,
                           NormalizeAxis(axis, static_cast<int64_t>(context.shape_of(x).size())));
    attributes.axes.push_back(from_front);
  }
  std::ranges::sort(attributes.axes);
  attributes.axes.erase(std::unique(attributes.axes.begin(), attributes.axes.end()), attributes.axes.end());
  return context.Emit(ir::OpKind::kSqueeze, {x}, attributes);
}

Result<ir::NodeId> ConvertStridedSlice(NodeContext& context) {
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.begin_mask, context.Int("begin_mask", 0));
  SINEW_ASSIGN_OR_RETURN(attributes.end_mask, context.Int("end_mask", 0));
  SINEW_ASSIGN_OR_RETURN(attributes.ellipsis_mask, context.Int("ellipsis_mask", 0));
  SINEW_ASSIGN_OR_RETURN(attributes.new_axis_mask, context.Int("new_axis_mask", 0));
  SINEW_ASSIGN_OR_RETURN(attributes.shrink_axis_mask, context.Int("shrink_axis_mask", 0));
  std::vector<ir::NodeId> inputs;
  for (size_t i = 0; i < 4; ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.Input(i));
    inputs.push_back(input);
  }
  return context.Emit(ir::OpKind::kStridedSlice, std::move(inputs), attributes);
}

}  // namespace sinew::import
