// The operations of the IR, their attributes, and the one table that describes them all.
//
// An operation has one output. Pictures are NHWC float32. A convolution's kernel is RSCK (TensorFlow's HWIO), a
// depthwise kernel is RSCM with M the channel multiplier. Operations marked "internal" are made by passes only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/ir/tensor.h"

namespace sinew::ir {

enum class OpKind {
  kInput,            // shape attribute says what may be fed
  kConst,            // value
  kConv2d,           // x, kernel RSCK [, bias K]
  kDepthwiseConv2d,  // x, kernel RSCM [, bias C*M]
  kBatchNorm,        // x, gamma C, beta C [, mean C, variance C]: without the last two, the picture's own statistics
  kAdd,              // a, b with NumPy broadcasting; so kSub, kMul, kDiv
  kSub,
  kMul,
  kDiv,
  kRelu,
  kRelu6,
  kPrelu,           // x, slope C: x where it is positive, x * slope elsewhere
  kConcat,          // inputs along `axis`
  kMaxPool,         // x
  kResizeBilinear,  // x, size (i32[2]: H, W)
  kPad,             // x, paddings (i32[rank,2]), zeros
  kShape,           // x -> i32[rank]
  kStridedSlice,    // x, begin, end, strides (i32 vectors)
  kPack,            // stacks equal shapes along `axis`
  kCast,            // x to `dtype`
  kReshape,         // x, shape (i32 vector, one -1 allowed)
  kSqueeze,         // x, `axes` (empty: every dimension of size 1)
  kIdentity,        // x
  kMap,             // x -> `function` of each element, with `alpha` and `beta`
  kAveragePool,     // x; the mean of what a window covers, or with `count_padding` of all its elements, zeros included
  kSpatialMean,     // x -> the mean of each channel, [N,1,1,C]
  kResizeNearest,   // x, size (i32[2]: H, W)
  kDepthToSpace,    // x -> blocks of `block` x `block` pixels made of channels, without `crop` last rows and columns
  kSoftmax,         // x -> exp(x[c]) / sum over channels of exp(x)
  kScaleShift,      // internal: x, scale C, shift C -> x * scale + shift, channel by channel
  kSliceChannels,   // internal: x -> channels [offset, offset + count)
};

enum class Activation : uint8_t { kNone, kRelu, kRelu6 };

// What kMap does with an element.
enum class Function : uint8_t {
  kNone,
  kAbs,
  kClip,         // min(max(x, alpha), beta)
  kElu,          // x >= 0 ? x : alpha * (exp(x) - 1)
  kExp,          //
  kHardSigmoid,  // min(max(alpha * x + beta, 0), 1)
  kHardSwish,    // x * min(max(x / 6 + 0.5, 0), 1)
  kSigmoid,      // 1 / (1 + exp(-x))
  kSoftplus,     // log(1 + exp(x))
  kSqrt,
  kTanh,
};

// Which pixel kResizeNearest takes for a position between two.
enum class Rounding : uint8_t { kFloor, kCeil, kHalfDown, kHalfUp };

// kSame is TensorFlow's: output = ceil(input / stride), the odd row or column of padding below and to the right.
struct Padding {
  enum class Kind : uint8_t { kSame, kValid, kExplicit };
  Kind kind = Kind::kValid;
  int64_t top = 0, bottom = 0, left = 0, right = 0;  // of kExplicit
  // Of a pool with kExplicit: a last window that reaches beyond the padding below or to the right counts as long as it
  // begins before that padding (Caffe's rounding, ONNX's ceil_mode).
  bool round_up = false;
  bool operator==(const Padding&) const = default;
};

// One struct for the attributes of every operation; the op table says which of them an operation has, the verifier that
// the others are left at their defaults.
struct Attributes {
  std::array<int64_t, 2> strides = {1, 1};    // H, W
  std::array<int64_t, 2> dilations = {1, 1};  // H, W
  std::array<int64_t, 2> window = {1, 1};     // H, W of a pool
  Padding padding;
  Activation activation = Activation::kNone;
  double epsilon = 0;
  int64_t axis = 0;
  int64_t offset = 0, count = 0;  // channels
  bool align_corners = false, half_pixel_centers = false;
  int64_t begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
  std::vector<int64_t> axes;
  Function function = Function::kNone;
  double alpha = 0, beta = 0;
  bool count_padding = false;
  int64_t block = 1;
  std::array<int64_t, 2> crop = {0, 0};  // H, W
  // Of kDepthToSpace: pixel (r, s) of a block is channel k * block^2 + r * block + s, not (r * block + s) * K + k.
  bool pixels_innermost = false;
  Rounding rounding = Rounding::kFloor;
  DType dtype = DType::kFloat32;
  bool operator==(const Attributes&) const = default;
};

enum class AttributeKey {
  kStrides,
  kDilations,
  kWindow,
  kPadding,
  kActivation,
  kEpsilon,
  kAxis,
  kOffset,
  kCount,
  kAlignCorners,
  kHalfPixelCenters,
  kBeginMask,
  kEndMask,
  kEllipsisMask,
  kNewAxisMask,
  kShrinkAxisMask,
  kAxes,
  kFunction,
  kAlpha,
  kBeta,
  kCountPadding,
  kBlock,
  kCrop,
  kPixelsInnermost,
  kRounding,
  kDType,
};

struct OpInfo {
  OpKind kind;
  std::string_view name;  // in the text form: "conv2d"
  int min_inputs;
  int max_inputs;  // kVariadic for any number
  std::span<const AttributeKey> attributes;
};
inline constexpr int kVariadic = 1 << 20;

std::span<const OpInfo> OpTable();
const OpInfo& OpInfoFor(OpKind kind);
// Null when no operation has that name.
const OpInfo* FindOp(std::string_view name);

// Puts the attribute of one into the other.
void CopyAttribute(AttributeKey key, const Attributes& from, Attributes* to);

// Rows and columns of zeros around an input and the size that results.
struct ResolvedWindow {
  int64_t pad_top, pad_bottom, pad_left, pad_right;
  int64_t out_h, out_w;
};
// `kernel_h/w` before dilation. Fails when the window does not fit (an output size below 1) or a value is out of range.
Result<ResolvedWindow> ResolveWindow(const Attributes& attributes, int64_t kernel_h, int64_t kernel_w, int64_t in_h,
                                     int64_t in_w);

}  // namespace sinew::ir
