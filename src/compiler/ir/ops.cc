// The op table, and the arithmetic of windows.
#include "compiler/ir/ops.h"

#include <algorithm>

#include "base/check.h"
#include "base/error.h"

namespace sinew::ir {
namespace {

using enum AttributeKey;

constexpr AttributeKey kConvAttributes[] = {kStrides, kDilations, kPadding, kActivation};
constexpr AttributeKey kBatchNormAttributes[] = {kEpsilon, kActivation};
constexpr AttributeKey kActivationOnly[] = {kActivation};
constexpr AttributeKey kAxisOnly[] = {kAxis};
constexpr AttributeKey kPoolAttributes[] = {kWindow, kStrides, kPadding};
constexpr AttributeKey kResizeAttributes[] = {kAlignCorners, kHalfPixelCenters};
constexpr AttributeKey kSliceMasks[] = {kBeginMask, kEndMask, kEllipsisMask, kNewAxisMask, kShrinkAxisMask};
constexpr AttributeKey kCastAttributes[] = {kDType};
constexpr AttributeKey kSqueezeAttributes[] = {kAxes};
constexpr AttributeKey kMapAttributes[] = {kFunction, kAlpha, kBeta};
constexpr AttributeKey kAveragePoolAttributes[] = {kWindow, kStrides, kPadding, kCountPadding};
constexpr AttributeKey kResizeNearestAttributes[] = {kAlignCorners, kHalfPixelCenters, kRounding};
constexpr AttributeKey kDepthToSpaceAttributes[] = {kBlock, kCrop, kPixelsInnermost};
constexpr AttributeKey kSliceChannelsAttributes[] = {kOffset, kCount};

// In the order of OpKind.
constexpr OpInfo kOps[] = {
    {OpKind::kInput, "input", 0, 0, {}},
    {OpKind::kConst, "const", 0, 0, {}},
    {OpKind::kConv2d, "conv2d", 2, 3, kConvAttributes},
    {OpKind::kDepthwiseConv2d, "depthwise_conv2d", 2, 3, kConvAttributes},
    {OpKind::kBatchNorm, "batch_norm", 3, 5, kBatchNormAttributes},
    {OpKind::kAdd, "add", 2, 2, kActivationOnly},
    {OpKind::kSub, "sub", 2, 2, {}},
    {OpKind::kMul, "mul", 2, 2, {}},
    {OpKind::kDiv, "div", 2, 2, {}},
    {OpKind::kRelu, "relu", 1, 1, {}},
    {OpKind::kRelu6, "relu6", 1, 1, {}},
    {OpKind::kPrelu, "prelu", 2, 2, {}},
    {OpKind::kConcat, "concat", 1, kVariadic, kAxisOnly},
    {OpKind::kMaxPool, "max_pool", 1, 1, kPoolAttributes},
    {OpKind::kResizeBilinear, "resize_bilinear", 2, 2, kResizeAttributes},
    {OpKind::kPad, "pad", 2, 2, {}},
    {OpKind::kShape, "shape", 1, 1, {}},
    {OpKind::kStridedSlice, "strided_slice", 4, 4, kSliceMasks},
    {OpKind::kPack, "pack", 1, kVariadic, kAxisOnly},
    {OpKind::kCast, "cast", 1, 1, kCastAttributes},
    {OpKind::kReshape, "reshape", 2, 2, {}},
    {OpKind::kSqueeze, "squeeze", 1, 1, kSqueezeAttributes},
    {OpKind::kIdentity, "identity", 1, 1, {}},
    {OpKind::kMap, "map", 1, 1, kMapAttributes},
    {OpKind::kAveragePool, "average_pool", 1, 1, kAveragePoolAttributes},
    {OpKind::kSpatialMean, "spatial_mean", 1, 1, {}},
    {OpKind::kResizeNearest, "resize_nearest", 2, 2, kResizeNearestAttributes},
    {OpKind::kDepthToSpace, "depth_to_space", 1, 1, kDepthToSpaceAttributes},
    {OpKind::kSoftmax, "softmax", 1, 1, {}},
    {OpKind::kScaleShift, "scale_shift", 3, 3, kActivationOnly},
    {OpKind::kSliceChannels, "slice_channels", 1, 1, kSliceChannelsAttributes},
};

// Far beyond any picture, and small enough that no sum or product of two leaves int64.
constexpr int64_t kMaxWindowValue = int64_t{1} << 31;

struct Extent {
  int64_t before, after, out;
};

Result<Extent> ResolveAxis(const Padding& padding, int64_t before, int64_t after, int64_t kernel, int64_t stride,
                           int64_t dilation, int64_t in) {
  for (const int64_t value : {kernel, stride, dilation, in}) {
    if (value < 1 || value >= kMaxWindowValue) return InvalidArgument("window value {} is out of range", value);
  }
  if (before < 0 || after < 0 || before >= kMaxWindowValue || after >= kMaxWindowValue) {
    return InvalidArgument("padding {}, {} is out of range", before, after);
  }
  const int64_t reach = (kernel - 1) * dilation + 1;
  if (reach >= kMaxWindowValue) return InvalidArgument("kernel {} with dilation {} is out of range", kernel, dilation);
  if (padding.kind == Padding::Kind::kSame) {
    const int64_t out = (in + stride - 1) / stride;
    const int64_t total = std::max<int64_t>((out - 1) * stride + reach - in, 0);
    return Extent{total / 2, total - total / 2, out};
  }
  if (padding.kind == Padding::Kind::kValid) before = after = 0;
  const int64_t room = in + before + after - reach;
  if (room < 0)
    return InvalidArgument("a window of {} does not fit an input of {} with padding {}, {}", reach, in, before, after);
  int64_t out = room / stride + 1;
  if (padding.round_up && room % stride != 0 && out * stride < in + before) ++out;
  return Extent{before, after, out};
}

}  // namespace

std::span<const OpInfo> OpTable() { return kOps; }

const OpInfo& OpInfoFor(OpKind kind) {
  const OpInfo& info = kOps[static_cast<size_t>(kind)];
  SINEW_CHECK(info.kind == kind);
  return info;
}

const OpInfo* FindOp(std::string_view name) {
  const auto it = std::find_if(std::begin(kOps), std::end(kOps), [&](const OpInfo& info) { return info.name == name; });
  return it == std::end(kOps) ? nullptr : it;
}

void CopyAttribute(AttributeKey key, const Attributes& from, Attributes* to) {
  switch (key) {
    case kStrides:
      to->strides = from.strides;
      break;
    case kDilations:
      to->dilations = from.dilations;
      break;
    case kWindow:
      to->window = from.window;
      break;
    case kPadding:
      to->padding = from.padding;
      break;
    case kActivation:
      to->activation = from.activation;
      break;
    case kEpsilon:
      to->epsilon = from.epsilon;
      break;
    case kAxis:
      to->axis = from.axis;
      break;
    case kOffset:
      to->offset = from.offset;
      break;
    case kCount:
      to->count = from.count;
      break;
    case kAlignCorners:
      to->align_corners = from.align_corners;
      break;
    case kHalfPixelCenters:
      to->half_pixel_centers = from.half_pixel_centers;
      break;
    case kBeginMask:
      to->begin_mask = from.begin_mask;
      break;
    case kEndMask:
      to->end_mask = from.end_mask;
      break;
    case kEllipsisMask:
      to->ellipsis_mask = from.ellipsis_mask;
      break;
    case kNewAxisMask:
      to->new_axis_mask = from.new_axis_mask;
      break;
    case kShrinkAxisMask:
      to->shrink_axis_mask = from.shrink_axis_mask;
      break;
    case kAxes:
      to->axes = from.axes;
      break;
    case kFunction:
      to->function = from.function;
      break;
    case kAlpha:
      to->alpha = from.alpha;
      break;
    case kBeta:
      to->beta = from.beta;
      break;
    case kCountPadding:
      to->count_padding = from.count_padding;
      break;
    case kBlock:
      to->block = from.block;
      break;
    case kCrop:
      to->crop = from.crop;
      break;
    case kPixelsInnermost:
      to->pixels_innermost = from.pixels_innermost;
      break;
    case kRounding:
      to->rounding = from.rounding;
      break;
    case kDType:
      to->dtype = from.dtype;
      break;
  }
}

Result<ResolvedWindow> ResolveWindow(const Attributes& attributes, int64_t kernel_h, int64_t kernel_w, int64_t in_h,
                                     int64_t in_w) {
  const Padding& p = attributes.padding;
  Result<Extent> h = ResolveAxis(p, p.top, p.bottom, kernel_h, attributes.strides[0], attributes.dilations[0], in_h);
  if (!h.ok()) return Prefixed("height", h.status());
  Result<Extent> w = ResolveAxis(p, p.left, p.right, kernel_w, attributes.strides[1], attributes.dilations[1], in_w);
  if (!w.ok()) return Prefixed("width", w.status());
  return ResolvedWindow{h->before, h->after, w->before, w->after, h->out, w->out};
}

}  // namespace sinew::ir
