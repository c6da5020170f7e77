// Convolutions with groups and dilation, and pooling with Caffe's rounding.
#include <array>
#include <optional>

#include "base/error.h"
#include "compiler/import/caffe/ops.h"

namespace sinew::import {
namespace {

using Pair = std::array<int64_t, 2>;  // height, width

// Far beyond any network; keeps all arithmetic on them small.
constexpr int64_t kMaxExtent = 1 << 20;

// A value for both sides, one each, or the two fields that end in _h and _w.
template <class List>
Result<Pair> HeightWidth(std::string_view what, const List& list, std::optional<int64_t> h, std::optional<int64_t> w,
                         int64_t least, std::optional<int64_t> default_value) {
  Pair pair;
  if (h || w) {
    if (list.size() > 0 || !(h && w)) return Corrupt("{0} is given twice, or {0}_h without {0}_w", what);
    pair = {*h, *w};
  } else if (list.size() == 1 || list.size() == 2) {
    pair = {list[0], list[list.size() - 1]};
  } else if (list.size() == 0 && default_value) {
    pair = {*default_value, *default_value};
  } else {
    return Corrupt("{} has {} values, needs 1 or 2", what, list.size());
  }
  for (const int64_t value : pair) {
    if (value < least || value > kMaxExtent) return Corrupt("{} is {}, out of range", what, value);
  }
  return pair;
}

std::optional<int64_t> Given(bool has, int64_t value) { return has ? std::optional(value) : std::nullopt; }

struct Windows {
  Pair kernel, stride, pad;
};

Result<Windows> ReadWindows(const caffeproto::ConvolutionParameter& p) {
  Windows w;
  SINEW_ASSIGN_OR_RETURN(w.kernel, HeightWidth("kernel_size", p.kernel_size(), Given(p.has_kernel_h(), p.kernel_h()),
                                               Given(p.has_kernel_w(), p.kernel_w()), 1, std::nullopt));
  SINEW_ASSIGN_OR_RETURN(w.stride, HeightWidth("stride", p.stride(), Given(p.has_stride_h(), p.stride_h()),
                                               Given(p.has_stride_w(), p.stride_w()), 1, 1));
  SINEW_ASSIGN_OR_RETURN(
      w.pad, HeightWidth("pad", p.pad(), Given(p.has_pad_h(), p.pad_h()), Given(p.has_pad_w(), p.pad_w()), 0, 0));
  return w;
}

std::vector<int64_t> Listed(bool has, int64_t value) { return has ? std::vector{value} : std::vector<int64_t>(); }

Result<Windows> ReadWindows(const caffeproto::PoolingParameter& p) {
  Windows w;
  SINEW_ASSIGN_OR_RETURN(w.kernel, HeightWidth("kernel_size", Listed(p.has_kernel_size(), p.kernel_size()),
                                               Given(p.has_kernel_h(), p.kernel_h()),
                                               Given(p.has_kernel_w(), p.kernel_w()), 1, std::nullopt));
  SINEW_ASSIGN_OR_RETURN(
      w.stride, HeightWidth("stride", Listed(p.has_stride(), p.stride()), Given(p.has_stride_h(), p.stride_h()),
                            Given(p.has_stride_w(), p.stride_w()), 1, 1));
  SINEW_ASSIGN_OR_RETURN(w.pad, HeightWidth("pad", Listed(p.has_pad(), p.pad()), Given(p.has_pad_h(), p.pad_h()),
                                            Given(p.has_pad_w(), p.pad_w()), 0, 0));
  return w;
}

ir::Padding Explicit(const Pair& pad) {
  return {.kind = ir::Padding::Kind::kExplicit, .top = pad[0], .bottom = pad[0], .left = pad[1], .right = pad[1]};
}

// What keeps the size at stride 1 is called "same", whose result is the same at any size.
ir::Padding ConvolutionPadding(const Windows& w, const Pair& dilation) {
  if (w.pad == Pair{0, 0}) return {};
  bool is_same = w.stride == Pair{1, 1};
  for (size_t i = 0; i < 2; ++i) is_same = is_same && 2 * w.pad[i] == (w.kernel[i] - 1) * dilation[i];
  return is_same ? ir::Padding{.kind = ir::Padding::Kind::kSame} : Explicit(w.pad);
}

// Caffe's KCRS, of outputs [first, first + count) and of `in` channels each.
struct Kernel {
  const std::vector<float>& values;
  int64_t in, rows, columns;

  // As RSCK.
  std::vector<float> Ordered(int64_t first, int64_t count) const {
    std::vector<float> ordered(static_cast<size_t>(rows * columns * in * count));
    const float* from = values.data() + first * in * rows * columns;
    for (int64_t k = 0; k < count; ++k) {
      for (int64_t c = 0; c < in; ++c) {
        for (int64_t rs = 0; rs < rows * columns; ++rs) {
          ordered[static_cast<size_t>((rs * in + c) * count + k)] = *from++;
        }
      }
    }
    return ordered;
  }
};

// What all groups of a convolution have in common.
struct Convolution {
  ir::NodeId input = -1;
  int64_t in = 0, out = 0, groups = 1;
  Windows windows;
  ir::Attributes attributes;
  std::vector<float> weights, bias;  // bias: empty for none
};

// A convolution of `input` with the outputs of group `g`.
Result<ir::NodeId> EmitGroup(LayerContext& context, const Convolution& c, ir::NodeId input, int64_t g,
                             std::string_view suffix) {
  const int64_t in = c.in / c.groups, out = c.out / c.groups;
  const auto [rows, columns] = c.windows.kernel;
  const std::string end(suffix);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel,
                         context.EmitConstant(end + "/weights", {rows, columns, in, out},
                                              Kernel{c.weights, in, rows, columns}.Ordered(g * out, out)));
  std::vector<ir::NodeId> inputs = {input, kernel};
  if (!c.bias.empty()) {
    const auto first = c.bias.begin() + g * out;
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias,
                           context.EmitConstant(end + "/bias", {out}, std::vector<float>(first, first + out)));
    inputs.push_back(bias);
  }
  return context.Emit(ir::OpKind::kConv2d, std::move(inputs), c.attributes, suffix);
}

// One input channel a group: outputs of Caffe's groups lie one group after the other, as those of RSCM do.
Result<ir::NodeId> EmitDepthwise(LayerContext& context, const Convolution& c) {
  const auto [rows, columns] = c.windows.kernel;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel,
                         context.EmitConstant("/weights", {rows, columns, c.in, c.out / c.in},
                                              Kernel{c.weights, 1, rows, columns}.Ordered(0, c.out)));
  std::vector<ir::NodeId> inputs = {c.input, kernel};
  if (!c.bias.empty()) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias, context.EmitConstant("/bias", {c.out}, c.bias));
    inputs.push_back(bias);
  }
  return context.Emit(ir::OpKind::kDepthwiseConv2d, std::move(inputs), c.attributes);
}

Result<ir::NodeId> EmitGroups(LayerContext& context, const Convolution& c) {
  std::vector<ir::NodeId> results;
  for (int64_t g = 0; g < c.groups; ++g) {
    ir::Attributes slice;
    slice.count = c.in / c.groups;
    slice.offset = g * slice.count;
    const std::string suffix = fmt::format("/group{}", g);
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId part,
                           context.Emit(ir::OpKind::kSliceChannels, {c.input}, slice, suffix + "/input"));
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId result, EmitGroup(context, c, part, g, suffix));
    results.push_back(result);
  }
  ir::Attributes concat;
  concat.axis = 3;
  return context.Emit(ir::OpKind::kConcat, std::move(results), concat);
}

Result<Convolution> ReadConvolution(LayerContext& context) {
  const caffeproto::ConvolutionParameter& p = context.layer().convolution_param();
  Convolution c;
  SINEW_ASSIGN_OR_RETURN(c.input, context.OnlyBottom());
  c.in = context.channels(c.input);
  c.out = p.num_output();
  c.groups = context.layer().type() == "Convolution" ? int64_t{p.group()} : c.in;
  if (p.axis() != 1 && p.axis() != -3) return Unsupported("a convolution along axis {}, only pictures", p.axis());
  if (c.out < 1 || c.out > kMaxExtent) return Corrupt("num_output is {}", c.out);
  if (c.groups < 1 || c.in % c.groups != 0 || c.out % c.groups != 0) {
    return Corrupt("{} groups of {} input and {} output channels", c.groups, c.in, c.out);
  }
  SINEW_ASSIGN_OR_RETURN(c.windows, ReadWindows(p));
  SINEW_ASSIGN_OR_RETURN(c.attributes.dilations,
                         HeightWidth("dilation", p.dilation(), std::nullopt, std::nullopt, 1, 1));
  c.attributes.strides = c.windows.stride;
  c.attributes.padding = ConvolutionPadding(c.windows, c.attributes.dilations);
  const int64_t count = c.windows.kernel[0] * c.windows.kernel[1];
  if (count > kMaxExtent) return Corrupt("a kernel of {}x{}", c.windows.kernel[0], c.windows.kernel[1]);
  // At most 2^20 each: the product of three fits.
  SINEW_ASSIGN_OR_RETURN(c.weights, context.TakeBlob(0, c.out * (c.in / c.groups) * count, "weights"));
  if (p.bias_term()) {
    SINEW_ASSIGN_OR_RETURN(c.bias, context.TakeBlob(1, c.out, "biases"));
  }
  return c;
}

}  // namespace

Result<Tops> ConvertCaffeConvolution(LayerContext& context) {
  SINEW_ASSIGN_OR_RETURN(const Convolution c, ReadConvolution(context));
  Result<ir::NodeId> id = c.groups == 1      ? EmitGroup(context, c, c.input, 0, "")
                          : c.groups == c.in ? EmitDepthwise(context, c)
                                             : EmitGroups(context, c);
  if (!id.ok()) return id.status();
  return Tops{*id};
}

// Caffe rounds the number of windows up; the last one may reach beyond the picture. Windows that meet without
// overlapping or padding are then TensorFlow's "same".
Result<Tops> ConvertCaffePooling(LayerContext& context) {
  const caffeproto::PoolingParameter& p = context.layer().pooling_param();
  if (p.pool() != caffeproto::PoolingParameter::MAX) {
    return Unsupported("{} pooling, only the maximum is supported",
                       p.pool() == caffeproto::PoolingParameter::AVE ? "average" : "stochastic");
  }
  if (p.global_pooling()) return Unsupported("pooling of the whole picture");
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId input, context.OnlyBottom());
  SINEW_ASSIGN_OR_RETURN(const Windows w, ReadWindows(p));
  ir::Attributes attributes;
  attributes.window = w.kernel;
  attributes.strides = w.stride;
  attributes.padding = Explicit(w.pad);
  attributes.padding.round_up = p.round_mode() == caffeproto::PoolingParameter::CEIL;
  if (w.pad == Pair{0, 0}) {
    if (!attributes.padding.round_up) attributes.padding = {};
    if (attributes.padding.round_up && w.kernel == w.stride) attributes.padding = {.kind = ir::Padding::Kind::kSame};
  }
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kMaxPool, {input}, attributes));
  return Tops{id};
}

}  // namespace sinew::import
