// Operations that change a picture's size without a kernel.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compiler/import/onnx/ops.h"

namespace sinew::onnx_import {
namespace {

// Where height and width stand among ONNX's dimensions.
size_t FirstSide(Layout layout) { return layout == Layout::kChannelsFirst ? 2 : 1; }

Result<ir::NodeId> EmitSize(NodeContext& context, int64_t height, int64_t width) {
  return context.EmitConstant(ir::Tensor::Ints({2}, {height, width}), "/size");
}

// Of a picture of any size: factors must be whole numbers.
Result<ir::NodeId> EmitScaledSize(NodeContext& context, ir::NodeId x, std::array<double, 2> scales) {
  for (const double scale : scales) {
    if (scale != std::trunc(scale))
      return Unsupported("resizes a picture of any size by {}; export the model with a fixed size", scale);
  }
  const auto ints = [&](std::vector<int64_t> values, std::string_view suffix) {
    const int64_t count = static_cast<int64_t>(values.size());
    return context.EmitConstant(ir::Tensor::Ints({count}, std::move(values)), suffix);
  };
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shape, context.Emit(ir::OpKind::kShape, {x}, {}, "/shape"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId begin, ints({1}, "/begin"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId end, ints({3}, "/end"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId step, ints({1}, "/step"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId sides,
                         context.Emit(ir::OpKind::kStridedSlice, {shape, begin, end, step}, {}, "/sides"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId factors,
                         ints({static_cast<int64_t>(scales[0]), static_cast<int64_t>(scales[1])}, "/factors"));
  return context.Emit(ir::OpKind::kMul, {sides, factors}, {}, "/scaled");
}

// The new size from `scales`, one a dimension. ONNX samples by the scale itself, the IR by the sizes: the same where
// they agree, and always where corners are aligned.
Result<ir::NodeId> SizeFromScales(NodeContext& context, const Value& x, const std::vector<double>& scales,
                                  bool aligned) {
  constexpr double kMaxScale = 1 << 16;
  const size_t side = FirstSide(x.layout);
  if (scales.size() != 4) return Corrupt("its scales have {} values, needs 4", scales.size());
  for (size_t d = 0; d < 4; ++d) {
    if (!(scales[d] > 0 && scales[d] <= kMaxScale)) return Corrupt("it resizes by {}", scales[d]);
    if (d != side && d != side + 1 && scales[d] != 1)
      return Unsupported("resizes other dimensions than height and width");
  }
  const ir::Shape& shape = context.shape_of(x.id);
  if (shape[1] == ir::kUnknown || shape[2] == ir::kUnknown)
    return EmitScaledSize(context, x.id, {scales[side], scales[side + 1]});
  std::array<int64_t, 2> size;
  for (size_t i = 0; i < 2; ++i) {
    // A scale is a float, and so are products of it; whole results are off by as much.
    const double exact = static_cast<double>(shape[i + 1]) * scales[side + i];
    const double nearest = std::round(exact);
    const bool whole = std::abs(exact - nearest) <= 1e-6 * nearest;
    if (!whole && !aligned)
      return Unsupported("resizes {} by {}, which is no whole size", shape[i + 1], scales[side + i]);
    size[i] = static_cast<int64_t>(whole ? nearest : std::floor(exact));
  }
  return EmitSize(context, size[0], size[1]);
}

// The new size from `sizes`, one a dimension, which may be computed.
Result<ir::NodeId> SizeFromSizes(NodeContext& context, const Value& x, size_t index) {
  const int64_t side = static_cast<int64_t>(FirstSide(x.layout));
  SINEW_ASSIGN_OR_RETURN(const Value sizes, context.Input(index));
  if (sizes.is_constant()) {
    SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> values, context.ConstantInts(index, "sizes"));
    if (values.size() != 4) return Corrupt("its sizes have {} values, needs 4", values.size());
    if (context.shape_of(x.id)[1] == ir::kUnknown || context.shape_of(x.id)[2] == ir::kUnknown)
      return Unsupported("resizes a picture of any size to one size");
    return EmitSize(context, values[static_cast<size_t>(side)], values[static_cast<size_t>(side) + 1]);
  }
  const auto ints = [&](int64_t value, std::string_view suffix) {
    return context.EmitConstant(ir::Tensor::Ints({1}, {value}), suffix);
  };
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId begin, ints(side, "/begin"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId end, ints(side + 2, "/end"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId step, ints(1, "/step"));
  return context.Emit(ir::OpKind::kStridedSlice, {sizes.id, begin, end, step}, {}, "/size");
}

Result<ir::Rounding> ReadRounding(const NodeContext& context, std::string_view default_mode) {
  SINEW_ASSIGN_OR_RETURN(const std::string mode, context.Text("nearest_mode", default_mode));
  if (mode == "floor") return ir::Rounding::kFloor;
  if (mode == "ceil") return ir::Rounding::kCeil;
  if (mode == "round_prefer_floor") return ir::Rounding::kHalfDown;
  if (mode == "round_prefer_ceil") return ir::Rounding::kHalfUp;
  return Corrupt("its nearest_mode is \"{}\"", mode);
}

// Coordinates and rounding of a Resize; until opset 10, and in Upsample, positions are i / scale.
Result<ir::Attributes> ReadSampling(const NodeContext& context, bool nearest) {
  ir::Attributes attributes;
  const bool old = context.opset() < 11 || context.node().op == "Upsample";
  SINEW_ASSIGN_OR_RETURN(const std::string mode,
                         context.Text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel"));
  if (mode == "align_corners") {
    attributes.align_corners = true;
  } else if (mode == "half_pixel" || mode == "pytorch_half_pixel" || mode == "tf_half_pixel_for_nn") {
    attributes.half_pixel_centers = true;
  } else if (mode != "asymmetric") {
    return Unsupported("coordinate_transformation_mode \"{}\"", mode);
  }
  if (!nearest) return attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.rounding, ReadRounding(context, old ? "floor" : "round_prefer_floor"));
  // (i + 0.5) * in / out rounded down: the middle of a pixel, half a pixel further, rounded half up.
  if (mode == "tf_half_pixel_for_nn") attributes.rounding = ir::Rounding::kHalfUp;
  return attributes;
}

Status Resize(NodeContext& context, const Value& x, ir::NodeId size, bool nearest, const ir::Attributes& attributes) {
  SINEW_ASSIGN_OR_RETURN(
      const ir::NodeId result,
      context.Emit(nearest ? ir::OpKind::kResizeNearest : ir::OpKind::kResizeBilinear, {x.id, size}, attributes));
  const ir::Shape& shape = context.shape_of(result);
  SINEW_ASSIGN_OR_RETURN(const std::string mode, context.Text("coordinate_transformation_mode", ""));
  if (mode == "pytorch_half_pixel" && (shape[1] == 1 || shape[2] == 1))
    return Unsupported("pytorch_half_pixel to a single row or column");
  return context.Set(result, x.layout);
}

Result<Value> PictureToResize(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  if (x.is_constant() || x.layout == Layout::kVector || context.shape_of(x.id).size() != 4)
    return Unsupported("resizes something else than a picture");
  return x;
}

Result<bool> IsNearest(const NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const std::string mode, context.Text("mode", "nearest"));
  if (mode == "nearest") return true;
  if (mode == "linear" || mode == "bilinear") return false;
  return Unsupported("mode \"{}\"; nearest and linear can be imported", mode);
}

}  // namespace

Status ConvertResize(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, PictureToResize(context));
  SINEW_ASSIGN_OR_RETURN(const bool nearest, IsNearest(context));
  SINEW_ASSIGN_OR_RETURN(const ir::Attributes attributes, ReadSampling(context, nearest));
  SINEW_ASSIGN_OR_RETURN(const int64_t antialias, context.Int("antialias", 0));
  SINEW_ASSIGN_OR_RETURN(const int64_t exclude, context.Int("exclude_outside", 0));
  SINEW_ASSIGN_OR_RETURN(const std::string policy, context.Text("keep_aspect_ratio_policy", "stretch"));
  if (antialias != 0 || exclude != 0 || policy != "stretch" || context.Has("axes"))
    return Unsupported("antialias, exclude_outside, axes or a keep_aspect_ratio_policy");
  if (context.opset() >= 11 && context.HasInput(3)) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId size, SizeFromSizes(context, x, 3));
    return Resize(context, x, size, nearest, attributes);
  }
  SINEW_ASSIGN_OR_RETURN(const auto scales, context.Weights(context.opset() < 11 ? 1 : 2, "scales"));
  SINEW_ASSIGN_OR_RETURN(
      const ir::NodeId size,
      SizeFromScales(context, x, {scales->floats.begin(), scales->floats.end()}, attributes.align_corners));
  return Resize(context, x, size, nearest, attributes);
}

Status ConvertUpsample(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, PictureToResize(context));
  SINEW_ASSIGN_OR_RETURN(const bool nearest, IsNearest(context));
  SINEW_ASSIGN_OR_RETURN(const ir::Attributes attributes, ReadSampling(context, nearest));
  SINEW_ASSIGN_OR_RETURN(std::vector<double> scales, context.Reals("scales"));
  if (scales.empty()) {
    SINEW_ASSIGN_OR_RETURN(const auto tensor, context.Weights(1, "scales"));
    scales.assign(tensor->floats.begin(), tensor->floats.end());
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId size, SizeFromScales(context, x, scales, false));
  return Resize(context, x, size, nearest, attributes);
}

Status ConvertPad(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const std::string mode, context.Text("mode", "constant"));
  if (mode != "constant") return Unsupported("mode \"{}\"; only zeros can be put around a picture", mode);
  if (context.HasInput(3)) return Unsupported("axes; export with opset 13");
  double value = 0;
  if (context.opset() < 11) {
    SINEW_ASSIGN_OR_RETURN(value, context.Real("value", 0));
  } else if (context.HasInput(2)) {
    SINEW_ASSIGN_OR_RETURN(const auto tensor, context.Weights(2, "value"));
    value = tensor->floats.empty() ? 0.0 : static_cast<double>(tensor->floats[0]);
  }
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> pads, context.IntsOf("pads", 1));
  if (x.is_constant() || x.layout == Layout::kVector || context.shape_of(x.id).size() != 4)
    return Unsupported("pads something else than a picture");
  if (std::ranges::all_of(pads, [](int64_t pad) { return pad == 0; })) return context.Set(x);
  if (value != 0) return Unsupported("pads with {}; only zeros can be put around a picture", value);
  if (pads.size() != 8) return Corrupt("its pads have {} values, needs 8", pads.size());
  ir::Tensor around = ir::Tensor::Ints({4, 2}, std::vector<int64_t>(8));
  for (int64_t d = 0; d < 4; ++d) {
    const size_t to = static_cast<size_t>(AxisInIr(d, x.layout)), from = static_cast<size_t>(d);
    if (pads[from] < 0 || pads[from + 4] < 0) return Unsupported("negative pads, which crop");
    around.ints[2 * to] = pads[from];
    around.ints[2 * to + 1] = pads[from + 4];
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId amounts, context.EmitConstant(std::move(around), "/paddings"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kPad, {x.id, amounts}));
  return context.Set(result, x.layout);
}

Status ConvertDepthToSpace(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const std::string mode, context.Text("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") return Corrupt("its mode is \"{}\"", mode);
  ir::Attributes attributes;
  attributes.pixels_innermost = mode == "CRD";
  SINEW_ASSIGN_OR_RETURN(attributes.block, context.Int("blocksize", 0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kDepthToSpace, {x}, attributes));
  return context.Set(result, Layout::kChannelsFirst);
}

}  // namespace sinew::onnx_import
