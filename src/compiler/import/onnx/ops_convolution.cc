// Convolutions, and products with constant matrices, which are convolutions of single pixels.
#include <algorithm>

#include "base/error.h"
#include "compiler/import/onnx/ops.h"
#include "compiler/import/onnx/window.h"

namespace sinew::onnx_import {
namespace {

// Kernels that have no form of their own in the IR are widened with zeros; a small file must not decide how much memory
// that takes.
constexpr int64_t kMaxWidened = 16 << 20;

// KCRS to RSCK.
ir::Tensor ToKernel(const ir::Tensor& weights) {
  constexpr std::array<int64_t, 4> kOrder = {2, 3, 1, 0};
  return Permuted(weights, kOrder);
}

// C1RS to RSC1.
ir::Tensor ToDepthwiseKernel(const ir::Tensor& weights) {
  constexpr std::array<int64_t, 4> kOrder = {2, 3, 0, 1};
  return Permuted(weights, kOrder);
}

// Rows [first, first + count) of the outermost dimension.
ir::Tensor Rows(const ir::Tensor& tensor, int64_t first, int64_t count) {
  ir::Tensor result;
  result.shape = tensor.shape;
  result.shape[0] = count;
  const int64_t row = static_cast<int64_t>(tensor.floats.size()) / tensor.shape[0];
  result.floats.assign(tensor.floats.begin() + first * row, tensor.floats.begin() + (first + count) * row);
  return result;
}

// K(C/groups)RS as KCRS, with zeros where a result does not read an input.
Result<ir::Tensor> WithoutGroups(const ir::Tensor& weights, int64_t groups) {
  const int64_t results = weights.shape[0], own = weights.shape[1], taps = weights.shape[2] * weights.shape[3];
  const int64_t size = static_cast<int64_t>(weights.floats.size());
  if (size > kMaxWidened / groups)
    return Unsupported("{} groups of a kernel of {}", groups, ir::ToString(weights.shape));
  ir::Tensor wide;
  wide.shape = {results, own * groups, weights.shape[2], weights.shape[3]};
  wide.floats.assign(static_cast<size_t>(size * groups), 0.0f);
  for (int64_t k = 0; k < results; ++k) {
    const int64_t group = k / (results / groups);
    std::copy_n(weights.floats.begin() + k * own * taps, own * taps,
                wide.floats.begin() + (k * groups + group) * own * taps);
  }
  return wide;
}

// The parts of a grouped convolution, each on channels of its own.
Result<ir::NodeId> EmitGroups(NodeContext& context, ir::NodeId x, const ir::Tensor& weights, int64_t groups,
                              const ir::Attributes& attributes, const ir::Tensor* bias) {
  std::vector<ir::NodeId> parts;
  const int64_t inputs = weights.shape[1], outputs = weights.shape[0] / groups;
  for (int64_t g = 0; g < groups; ++g) {
    const std::string suffix = fmt::format("/group{}", g);
    ir::Attributes channels;
    channels.offset = g * inputs;
    channels.count = inputs;
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId part,
                           context.Emit(ir::OpKind::kSliceChannels, {x}, channels, suffix + "/input"));
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel,
                           context.EmitConstant(ToKernel(Rows(weights, g * outputs, outputs)), suffix + "/kernel"));
    std::vector<ir::NodeId> operands = {part, kernel};
    if (bias != nullptr) {
      SINEW_ASSIGN_OR_RETURN(const ir::NodeId id,
                             context.EmitConstant(Rows(*bias, g * outputs, outputs), suffix + "/bias"));
      operands.push_back(id);
    }
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, context.Emit(ir::OpKind::kConv2d, operands, attributes, suffix));
    parts.push_back(result);
  }
  ir::Attributes join;
  join.axis = 3;
  return context.Emit(ir::OpKind::kConcat, std::move(parts), join);
}

// The constant of `role` with `size` values, one a channel; null where the input is left out.
Result<std::shared_ptr<const ir::Tensor>> Bias(NodeContext& context, size_t index, int64_t size) {
  if (!context.HasInput(index)) return std::shared_ptr<const ir::Tensor>();
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<const ir::Tensor> bias, context.Weights(index, "bias"));
  if (static_cast<int64_t>(bias->floats.size()) != size)
    return Corrupt("its bias has {} values, needs {}", bias->floats.size(), size);
  ir::Tensor flat = *bias;
  flat.shape = {size};
  return std::make_shared<const ir::Tensor>(std::move(flat));
}

Result<std::shared_ptr<const ir::Tensor>> KernelWeights(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<const ir::Tensor> weights, context.Weights(1, "kernel"));
  if (weights->shape.size() != 4) {
    return Unsupported("its kernel has shape {}; only those of pictures, of 4 dimensions, can be imported",
                       ir::ToString(weights->shape));
  }
  if (weights->floats.empty()) return Corrupt("its kernel has shape {}, which is empty", ir::ToString(weights->shape));
  return weights;
}

Result<int64_t> Groups(const NodeContext& context, int64_t divided) {
  SINEW_ASSIGN_OR_RETURN(const int64_t groups, context.Int("group", 1));
  if (groups < 1 || divided % groups != 0) return Corrupt("{} groups of {} channels", groups, divided);
  return groups;
}

// Along one side of a transposed convolution: which taps of the kernel an output row has depends on its place within
// `stride` rows. Taken together, the taps of all places reach from `first` to `last` input rows, so that a convolution
// of last - first + 1 taps computes the rows of all places as channels.
//   out[stride * q + r] = sum_j in[q - j] * w[stride * j + r + pad]        first <= j <= last
struct TransposedSide {
  int64_t stride, pad;
  int64_t first, last;
  int64_t pad_before, pad_after;  // of the convolution
  int64_t crop;                   // rows at the end that it computes too many of
  int64_t taps() const { return last - first + 1; }
};

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

Result<TransposedSide> MakeSide(int64_t kernel, int64_t stride, int64_t begin, int64_t end, int64_t extra) {
  TransposedSide side{.stride = stride, .pad = begin};
  side.first = -FloorDiv(stride - 1 + begin, stride);
  side.last = FloorDiv(kernel - 1 - begin, stride);
  const int64_t longer = kernel + extra - stride - begin - end;  // than stride times the input
  const int64_t more = -FloorDiv(-longer, stride);
  side.pad_before = side.last;
  side.pad_after = more - side.first;
  side.crop = more * stride - longer;
  if (side.pad_before < 0 || side.pad_after < 0 || side.taps() < 1)
    return Unsupported("pads {} and {} of a kernel of {} crop its result", begin, end, kernel);
  return side;
}

// CKRS (with all groups' zeros) as the RSC(strides * K) of the convolution.
ir::Tensor TransposedKernel(const ir::Tensor& w, const TransposedSide& y, const TransposedSide& x) {
  const int64_t channels = w.shape[0], results = w.shape[1], kernel_h = w.shape[2], kernel_w = w.shape[3];
  ir::Tensor kernel;
  kernel.shape = {y.taps(), x.taps(), channels, y.stride * x.stride * results};
  kernel.floats.assign(static_cast<size_t>(y.taps() * x.taps() * channels * kernel.shape[3]), 0.0f);
  for (int64_t ty = 0; ty < y.taps(); ++ty) {
    for (int64_t tx = 0; tx < x.taps(); ++tx) {
      for (int64_t ry = 0; ry < y.stride; ++ry) {
        for (int64_t rx = 0; rx < x.stride; ++rx) {
          const int64_t r = y.stride * (y.last - ty) + ry + y.pad, s = x.stride * (x.last - tx) + rx + x.pad;
          if (r < 0 || r >= kernel_h || s < 0 || s >= kernel_w) continue;
          for (int64_t c = 0; c < channels; ++c) {
            for (int64_t k = 0; k < results; ++k) {
              const int64_t to =
                  ((ty * x.taps() + tx) * channels + c) * kernel.shape[3] + (ry * x.stride + rx) * results + k;
              kernel.floats[static_cast<size_t>(to)] =
                  w.floats[static_cast<size_t>(((c * results + k) * kernel_h + r) * kernel_w + s)];
            }
          }
        }
      }
    }
  }
  return kernel;
}

// C(K/groups)RS as CKRS.
Result<ir::Tensor> TransposedWithoutGroups(const ir::Tensor& w, int64_t groups) {
  const int64_t channels = w.shape[0], own = w.shape[1], taps = w.shape[2] * w.shape[3];
  const int64_t size = static_cast<int64_t>(w.floats.size());
  if (size > kMaxWidened / groups) return Unsupported("{} groups of a kernel of {}", groups, ir::ToString(w.shape));
  ir::Tensor wide;
  wide.shape = {channels, own * groups, w.shape[2], w.shape[3]};
  wide.floats.assign(static_cast<size_t>(size * groups), 0.0f);
  for (int64_t c = 0; c < channels; ++c) {
    const int64_t group = c / (channels / groups);
    std::copy_n(w.floats.begin() + c * own * taps, own * taps, wide.floats.begin() + (c * groups + group) * own * taps);
  }
  return wide;
}

// x times a constant [C,K], pixel by pixel.
Result<ir::NodeId> EmitProduct(NodeContext& context, ir::NodeId x, ir::Tensor matrix, const ir::Tensor* bias) {
  matrix.shape = {1, 1, matrix.shape[0], matrix.shape[1]};
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel, context.EmitConstant(std::move(matrix), "/kernel"));
  std::vector<ir::NodeId> inputs = {x, kernel};
  if (bias != nullptr) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.EmitConstant(*bias, "/bias"));
    inputs.push_back(id);
  }
  return context.Emit(ir::OpKind::kConv2d, std::move(inputs));
}

}  // namespace

Status ConvertConv(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const auto weights, KernelWeights(context));
  SINEW_ASSIGN_OR_RETURN(const int64_t groups, Groups(context, weights->shape[0]));
  SINEW_ASSIGN_OR_RETURN(const auto bias, Bias(context, 2, weights->shape[0]));
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.strides, HeightWidth(context, "strides"));
  SINEW_ASSIGN_OR_RETURN(attributes.dilations, HeightWidth(context, "dilations"));
  SINEW_ASSIGN_OR_RETURN(attributes.padding,
                         ReadPadding(context, context.shape_of(x), {weights->shape[2], weights->shape[3]}, attributes));
  const int64_t channels = context.shape_of(x)[3];
  if (channels != ir::kUnknown && channels != weights->shape[1] * groups)
    return Corrupt("its kernel has {} input channels, its input has {}", weights->shape[1] * groups, channels);
  const bool depthwise = groups > 1 && weights->shape[1] == 1 && weights->shape[0] == groups;
  // Few wide groups are convolutions of their own; many narrow ones would be too small to compute well.
  constexpr int64_t kMaxParts = 32;
  if (groups > 1 && !depthwise && groups <= kMaxParts) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, EmitGroups(context, x, *weights, groups, attributes, bias.get()));
    return context.Set(result, Layout::kChannelsFirst);
  }
  ir::NodeId kernel;
  if (groups > 1 && !depthwise) {
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor wide, WithoutGroups(*weights, groups));
    SINEW_ASSIGN_OR_RETURN(kernel, context.EmitConstant(ToKernel(wide), "/kernel"));
  } else {
    SINEW_ASSIGN_OR_RETURN(kernel, context.values().Constant(context.node().inputs[1], depthwise ? "/rsc1" : "/rsck",
                                                             depthwise ? ToDepthwiseKernel : ToKernel, *weights));
  }
  std::vector<ir::NodeId> inputs = {x, kernel};
  if (bias != nullptr) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.EmitConstant(*bias, "/bias"));
    inputs.push_back(id);
  }
  SINEW_ASSIGN_OR_RETURN(
      const ir::NodeId result,
      context.Emit(depthwise ? ir::OpKind::kDepthwiseConv2d : ir::OpKind::kConv2d, std::move(inputs), attributes));
  return context.Set(result, Layout::kChannelsFirst);
}

// A convolution that computes each block of output pixels as channels, and the move of these channels to their pixels.
Status ConvertConvTranspose(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.Picture(0));
  SINEW_ASSIGN_OR_RETURN(const auto weights, KernelWeights(context));
  SINEW_ASSIGN_OR_RETURN(const int64_t groups, Groups(context, weights->shape[0]));
  const int64_t results = weights->shape[1] * groups;
  SINEW_ASSIGN_OR_RETURN(const auto bias, Bias(context, 2, results));
  SINEW_ASSIGN_OR_RETURN(const auto strides, HeightWidth(context, "strides"));
  SINEW_ASSIGN_OR_RETURN(const auto dilations, HeightWidth(context, "dilations"));
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> extra, context.Ints("output_padding"));
  SINEW_ASSIGN_OR_RETURN(const std::string automatic, context.Text("auto_pad", "NOTSET"));
  SINEW_ASSIGN_OR_RETURN(const ir::Padding p, ReadPadding(context, context.shape_of(x), {1, 1}, {}));
  constexpr int64_t kMaxStride = 16;
  if (strides[0] != strides[1] || strides[0] > kMaxStride)
    return Unsupported("strides {} and {}; equal ones up to {} can be imported", strides[0], strides[1], kMaxStride);
  if (dilations != std::array<int64_t, 2>{1, 1}) return Unsupported("a dilated transposed convolution");
  if (context.Has("output_shape") || (automatic != "NOTSET" && automatic != "VALID"))
    return Unsupported("padding that follows from the output's shape; export it as numbers (pads)");
  if (extra.empty()) extra = {0, 0};
  if (extra.size() != 2 || extra[0] < 0 || extra[1] < 0 || extra[0] >= kMaxStride || extra[1] >= kMaxStride)
    return Corrupt("its output_padding is out of range");
  SINEW_ASSIGN_OR_RETURN(const TransposedSide y, MakeSide(weights->shape[2], strides[0], p.top, p.bottom, extra[0]));
  SINEW_ASSIGN_OR_RETURN(const TransposedSide side_x,
                         MakeSide(weights->shape[3], strides[1], p.left, p.right, extra[1]));
  SINEW_ASSIGN_OR_RETURN(const ir::Tensor wide, TransposedWithoutGroups(*weights, groups));
  const int64_t block = strides[0], pixels = block * block;
  if (y.taps() * side_x.taps() > kMaxWidened / (pixels * wide.shape[0] * results))
    return Unsupported("a kernel of {} with strides of {}", ir::ToString(weights->shape), block);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel, context.EmitConstant(TransposedKernel(wide, y, side_x), "/kernel"));
  std::vector<ir::NodeId> inputs = {x, kernel};
  if (bias != nullptr) {
    ir::Tensor each = ir::Tensor::Floats({pixels * results}, {});
    for (int64_t i = 0; i < pixels; ++i)
      each.floats.insert(each.floats.end(), bias->floats.begin(), bias->floats.end());
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.EmitConstant(std::move(each), "/bias"));
    inputs.push_back(id);
  }
  ir::Attributes attributes;
  attributes.padding = {.kind = ir::Padding::Kind::kExplicit,
                        .top = y.pad_before,
                        .bottom = y.pad_after,
                        .left = side_x.pad_before,
                        .right = side_x.pad_after};
  SINEW_ASSIGN_OR_RETURN(ir::NodeId result, context.Emit(ir::OpKind::kConv2d, inputs, attributes, "/channels"));
  ir::Attributes blocks;
  blocks.block = block;
  blocks.crop = {y.crop, side_x.crop};
  SINEW_ASSIGN_OR_RETURN(result, context.Emit(ir::OpKind::kDepthToSpace, {result}, blocks));
  return context.Set(result, Layout::kChannelsFirst);
}

Status ConvertGemm(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.InLayout(0, Layout::kVector));
  SINEW_ASSIGN_OR_RETURN(const auto b, context.Weights(1, "second matrix"));
  SINEW_ASSIGN_OR_RETURN(const int64_t transpose_a, context.Int("transA", 0));
  SINEW_ASSIGN_OR_RETURN(const int64_t transpose_b, context.Int("transB", 0));
  SINEW_ASSIGN_OR_RETURN(const double alpha, context.Real("alpha", 1));
  SINEW_ASSIGN_OR_RETURN(const double beta, context.Real("beta", 1));
  if (b->shape.size() != 2 || transpose_a != 0)
    return Unsupported("a product of other matrices than [N,C] and a constant");
  constexpr std::array<int64_t, 2> kTurned = {1, 0};
  ir::Tensor matrix = transpose_b != 0 ? Permuted(*b, kTurned) : *b;
  for (float& value : matrix.floats) value = static_cast<float>(value * alpha);
  std::shared_ptr<const ir::Tensor> c;
  SINEW_ASSIGN_OR_RETURN(c, context.ConstantInput(2));
  if (c == nullptr && context.HasInput(2)) return Unsupported("its addend is computed by the network");
  std::optional<ir::Tensor> bias;
  if (c != nullptr) {
    const size_t results = static_cast<size_t>(matrix.shape[1]);
    if (c->floats.size() != results && c->floats.size() != 1)
      return Unsupported("its addend has shape {}", ir::ToString(c->shape));
    bias = ir::Tensor::Floats({matrix.shape[1]}, std::vector<float>(results, c->floats[0]));
    if (c->floats.size() == results) bias->floats = c->floats;
    for (float& value : bias->floats) value = static_cast<float>(value * beta);
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, EmitProduct(context, x, std::move(matrix), bias ? &*bias : nullptr));
  return context.Set(result, Layout::kVector);
}

// Of the last dimension, which is that of channels in pictures of NHWC and in vectors.
Status ConvertMatMul(NodeContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Value x, context.Input(0));
  SINEW_ASSIGN_OR_RETURN(const auto matrix, context.Weights(1, "second matrix"));
  if (x.is_constant() || matrix->shape.size() != 2 || x.layout == Layout::kChannelsFirst ||
      context.shape_of(x.id).size() != 4) {
    return Unsupported("a product of other matrices than channels and a constant");
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, EmitProduct(context, x.id, *matrix, nullptr));
  return context.Set(result, x.layout);
}

}  // namespace sinew::onnx_import
