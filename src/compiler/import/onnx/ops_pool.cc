// Pools and means.
#include <algorithm>

#include "base/error.h"
#include "compiler/import/onnx/ops.h"
#include "compiler/import/onnx/window.h"

namespace sinew::onnx_import {
namespace {

Result<ir::Attributes> ReadPool(NodeContext& context, const ir::Shape& input) {
  ir::Attributes attributes;
  if (!context.Has("kernel_shape")) return Corrupt("it has no kernel_shape");
  SINEW_ASSIGN_OR_RETURN(attributes.window, HeightWidth(context, "kernel_shape"));
  SINEW_ASSIGN_OR_RETURN(attributes.strides, HeightWidth(context, "strides"));
  SINEW_ASSIGN_OR_RETURN(const auto dilations, HeightWidth(context, "dilations"));
  SINEW_ASSIGN_OR_RETURN(const int64_t ceil_mode, context.Int("ceil_mode", 0));
  if (dilations != std::array<int64_t, 2>{1, 1}) return Unsupported("a dilated window");
  SINEW_ASSIGN_OR_RETURN(attributes.padding, ReadPadding(context, input, attributes.window, attributes));
  if (ceil_mode != 0 && attributes.padding.kind != ir::Padding::Kind::kSame) {
    attributes.padding.kind = ir::Padding::Kind::kExplicit;
    attributes.padding.round_up = true;
  }
  return attributes;
}

bool AreSpatial(std::vector<int64_t> axes, int64_t first) {
  std::ranges::sort(axes);
  return axes == std::vector<int64_t>{first, first + 1};
}

}  // namespace

Status ConvertMaxPool(NodeContext& context) {
  if (context.node().outputs.size() > 1 && !context.node().outputs[1].empty())
    return Unsupported("positions of maxima, its second output");
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const ir::Attributes attributes, ReadPool(context, context.shape_of(x)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kMaxPool, {x}, attributes));
  return context.Set(result, Layout::kChannelsFirst);
}

Status ConvertAveragePool(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(ir::Attributes attributes, ReadPool(context, context.shape_of(x)));
  SINEW_ASSIGN_OR_RETURN(const int64_t count_padding, context.Int("count_include_pad", 0));
  SINEW_ASSIGN_OR_RETURN(const int64_t ceil_mode, context.Int("ceil_mode", 0));
  if (count_padding != 0 && ceil_mode != 0) return Unsupported("ceil_mode together with count_include_pad");
  attributes.count_padding = count_padding != 0;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kAveragePool, {x}, attributes));
  return context.Set(result, Layout::kChannelsFirst);
}

Status ConvertGlobalAveragePool(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kSpatialMean, {x}));
  return context.Set(result, Layout::kChannelsFirst);
}

// Over the pixels, or over the channels: a convolution whose weights are all the same.
Status ConvertReduceMean(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> axes, context.IntsOf("axes", 1));
  SINEW_ASSIGN_OR_RETURN(const int64_t keep, context.Int("keepdims", 1));
  if (x.is_constant() || context.shape_of(x.id).size() != 4 || x.layout == Layout::kVector)
    return Unsupported("a mean of something else than a picture");
  for (int64_t& axis : axes) {
    SINEW_ASSIGN_OR_RETURN(axis, NormalizeAxis(axis, 4));
  }
  const bool first = x.layout == Layout::kChannelsFirst;
  if (AreSpatial(axes, first ? 2 : 1)) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kSpatialMean, {x.id}));
    return context.Set(result, keep != 0 ? x.layout : Layout::kVector);
  }
  const int64_t channels = context.shape_of(x.id)[3];
  if (axes != std::vector<int64_t>{first ? 1 : 3} || keep == 0 || channels < 1)
    return Unsupported("a mean over other dimensions than height and width, or than channels with keepdims");
  const size_t count = static_cast<size_t>(channels);
  ir::Tensor kernel =
      ir::Tensor::Floats({1, 1, channels, 1}, std::vector<float>(count, 1.0f / static_cast<float>(channels)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId weights, context.EmitConstant(std::move(kernel), "/kernel"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kConv2d, {x.id, weights}));
  return context.Set(result, x.layout);
}

}  // namespace sinew::onnx_import
