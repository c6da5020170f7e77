// Operations on pictures: windows, channels, resizing.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "compiler/export/layout.h"
#include "compiler/export/ops.h"
#include "compiler/ir/known_ints.h"

namespace sinew::onnx_export {
namespace {

using Attributes = std::vector<OnnxAttribute>;

std::vector<int64_t> Pair(const std::array<int64_t, 2>& values) { return {values[0], values[1]}; }

// Padding as numbers where the size is known: engines differ in what they make of `auto_pad`.
Result<OnnxAttribute> MakePaddingAttribute(const ir::Node& node, const ir::Shape& input, int64_t window_h,
                                           int64_t window_w) {
  const ir::Padding& padding = node.attributes.padding;
  if (padding.kind == ir::Padding::Kind::kValid) return OnnxAttribute{"pads", std::vector<int64_t>{0, 0, 0, 0}};
  if (padding.kind == ir::Padding::Kind::kExplicit) {
    return OnnxAttribute{"pads", std::vector<int64_t>{padding.top, padding.left, padding.bottom, padding.right}};
  }
  if (input[1] == ir::kUnknown || input[2] == ir::kUnknown)
    return OnnxAttribute{"auto_pad", std::string_view("SAME_UPPER")};
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow window,
                         ir::ResolveWindow(node.attributes, window_h, window_w, input[1], input[2]));
  return OnnxAttribute{"pads",
                       std::vector<int64_t>{window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}};
}

// RSCK becomes KCRS. A depthwise RSCM becomes (CM)1RS: ONNX's convolution in C groups of M results, channel by channel.
ir::Tensor ToOnnxKernel(const ir::Tensor& kernel, bool depthwise) {
  if (!depthwise) return Permuted(kernel, {3, 2, 0, 1});
  ir::Tensor result = Permuted(kernel, {2, 3, 0, 1});
  result.shape = {kernel.shape[2] * kernel.shape[3], 1, kernel.shape[0], kernel.shape[1]};
  return result;
}

template <class T>
std::string_view AsBytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// What a convolution reads, and its weights and bias, as whole numbers and what makes numbers of them. A bias has the
// steps of the products that it is added to.
std::vector<std::string> QuantizedOperands(Converter& converter, const ir::Node& node, const ir::Tensor& weights,
                                           const TensorScale& scale) {
  OnnxGraph& onnx = converter.onnx();
  const ir::Node& kernel = converter.input_of(node, 1);
  const QuantizedKernel quantized = QuantizeKernel(weights);
  const int64_t count = weights.shape[0];
  const auto dequantized = [&](const std::string& name, const std::string& values, const std::vector<float>& scales,
                               onnx::TensorProto::DataType type, size_t bytes) {
    const std::string zeros =
        onnx.Raw(name + "/zeros", type, {count}, std::string(static_cast<size_t>(count) * bytes, '\0'));
    return onnx.Emit("DequantizeLinear", name + "/dequantized",
                     {values, onnx.Constant(name + "/scales", ir::Tensor::Floats({count}, scales)), zeros},
                     {{"axis", int64_t{0}}});
  };
  std::vector<std::string> inputs = {
      converter.Quantized(node.inputs[0], scale),
      dequantized(kernel.name, onnx.Raw(kernel.name, onnx::TensorProto::INT8, weights.shape, AsBytes(quantized.values)),
                  quantized.scales, onnx::TensorProto::INT8, sizeof(int8_t))};
  const std::vector<double> missing =
      MissingMeans(weights, quantized, converter.quantization().means.Find(converter.graph(), node.inputs[0]));
  std::vector<float> steps;
  std::vector<int32_t> bias;
  for (size_t k = 0; k < missing.size(); ++k) {
    steps.push_back(scale.scale * quantized.scales[k]);
    double value = missing[k];
    if (node.inputs.size() == 3) value += static_cast<double>(converter.input_of(node, 2).value->floats[k]);
    constexpr double kMost = std::numeric_limits<int32_t>::max();
    bias.push_back(
        static_cast<int32_t>(std::clamp(std::round(value / static_cast<double>(steps.back())), -kMost, kMost)));
  }
  const std::string name = node.name + "/bias";
  inputs.push_back(dequantized(name, onnx.Raw(name, onnx::TensorProto::INT32, {count}, AsBytes(bias)), steps,
                               onnx::TensorProto::INT32, sizeof(int32_t)));
  return inputs;
}

Result<int64_t> KnownChannels(const ir::Node& node) {
  const int64_t channels = node.shape[3];
  if (channels == ir::kUnknown) return Unsupported("its number of channels is unknown");
  return channels;
}

// Batch norm by given statistics; `name` is of the node before its activation.
void EmitNorm(Converter& converter, const ir::Node& node, std::vector<std::string> inputs, float epsilon) {
  std::string result =
      converter.onnx().Emit("BatchNormalization", BeforeActivation(node), std::move(inputs), {{"epsilon", epsilon}});
  converter.SetNchw(Activated(converter, std::move(result), node.name, node.attributes.activation));
}

// ONNX's name for where the pixels of a resized picture come from.
std::string_view SamplingMode(const ir::Attributes& attributes) {
  if (attributes.align_corners) return "align_corners";
  return attributes.half_pixel_centers ? "half_pixel" : "asymmetric";
}

// `attributes`: beside those of every resize.
Status ExportResize(Converter& converter, const ir::Node& node, std::string_view mode, Attributes attributes) {
  OnnxGraph& onnx = converter.onnx();
  const std::string picture = converter.Nchw(node.inputs[0]);
  std::string sizes;
  if (ir::IsFullyKnown(node.shape)) {
    sizes = onnx.Ints(node.name + "/sizes", {node.shape[0], node.shape[3], node.shape[1], node.shape[2]});
  } else {
    const std::string shape = onnx.Emit("Shape", node.name + "/shape", {picture});
    const std::string kept =
        onnx.Emit("Slice", node.name + "/batch_and_channels",
                  {shape, onnx.Ints(node.name + "/first", {0}), onnx.Ints(node.name + "/end", {2})});
    sizes =
        onnx.Emit("Concat", node.name + "/sizes", {kept, converter.Natural(node.inputs[1])}, {{"axis", int64_t{0}}});
  }
  attributes.push_back({"mode", mode});
  attributes.push_back({"coordinate_transformation_mode", SamplingMode(node.attributes)});
  converter.SetNchw(onnx.Emit("Resize", node.name, {picture, "", "", sizes}, attributes));
  return Status();
}

}  // namespace

Status ExportConvolution(Converter& converter, const ir::Node& node) {
  const bool depthwise = node.op == ir::OpKind::kDepthwiseConv2d;
  const ir::Node& kernel = converter.input_of(node, 1);
  if (kernel.op != ir::OpKind::kConst) return Unsupported("its kernel is computed, must be a constant");
  const ir::Shape& shape = kernel.shape;
  SINEW_ASSIGN_OR_RETURN(const OnnxAttribute padding,
                         MakePaddingAttribute(node, converter.input_of(node, 0).shape, shape[0], shape[1]));
  const Attributes attributes = {{"kernel_shape", std::vector<int64_t>{shape[0], shape[1]}},
                                 {"strides", Pair(node.attributes.strides)},
                                 {"dilations", Pair(node.attributes.dilations)},
                                 {"group", depthwise ? shape[2] : int64_t{1}},
                                 padding};
  OnnxGraph& onnx = converter.onnx();
  const ir::Tensor weights = ToOnnxKernel(*kernel.value, depthwise);
  std::vector<std::string> inputs;
  if (const TensorScale* const scale = converter.ScaleOf(node)) {
    inputs = QuantizedOperands(converter, node, weights, *scale);
  } else {
    inputs = {converter.Nchw(node.inputs[0]), onnx.Constant(kernel.name, weights)};
    if (node.inputs.size() == 3) inputs.push_back(converter.Natural(node.inputs[2]));
  }
  std::string result = onnx.Emit("Conv", BeforeActivation(node), std::move(inputs), attributes);
  converter.SetNchw(Activated(converter, std::move(result), node.name, node.attributes.activation));
  return Status();
}

// Without given statistics each picture is normalised by its own, which ONNX calls InstanceNormalization.
Status ExportBatchNorm(Converter& converter, const ir::Node& node) {
  std::vector<std::string> inputs = {converter.Nchw(node.inputs[0])};
  for (size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(converter.Natural(node.inputs[i]));
  const float epsilon = static_cast<float>(node.attributes.epsilon);
  if (node.inputs.size() == 5) {
    EmitNorm(converter, node, std::move(inputs), epsilon);
    return Status();
  }
  std::string result =
      converter.onnx().Emit("InstanceNormalization", BeforeActivation(node), std::move(inputs), {{"epsilon", epsilon}});
  converter.SetNchw(Activated(converter, std::move(result), node.name, node.attributes.activation));
  return Status();
}

// One node that engines know how to fuse, instead of a Mul and an Add: a batch norm with mean 0 and variance 1.
Status ExportScaleShift(Converter& converter, const ir::Node& node) {
  SINEW_ASSIGN_OR_RETURN(const int64_t channels, KnownChannels(node));
  const auto splat = [&](std::string_view name, float value) {
    return converter.onnx().Constant(
        fmt::format("{}/{}", node.name, name),
        ir::Tensor::Floats({channels}, std::vector<float>(static_cast<size_t>(channels), value)));
  };
  EmitNorm(converter, node,
           {converter.Nchw(node.inputs[0]), converter.Natural(node.inputs[1]), converter.Natural(node.inputs[2]),
            splat("mean", 0), splat("variance", 1)},
           0);
  return Status();
}

Status ExportMaxPool(Converter& converter, const ir::Node& node) {
  const auto& window = node.attributes.window;
  SINEW_ASSIGN_OR_RETURN(const OnnxAttribute padding,
                         MakePaddingAttribute(node, converter.input_of(node, 0).shape, window[0], window[1]));
  Attributes attributes = {{"kernel_shape", Pair(window)}, {"strides", Pair(node.attributes.strides)}, padding};
  if (node.attributes.padding.round_up) attributes.push_back({"ceil_mode", int64_t{1}});
  converter.SetNchw(converter.onnx().Emit("MaxPool", node.name, {converter.Nchw(node.inputs[0])}, attributes));
  return Status();
}

Status ExportAveragePool(Converter& converter, const ir::Node& node) {
  const auto& window = node.attributes.window;
  SINEW_ASSIGN_OR_RETURN(const OnnxAttribute padding,
                         MakePaddingAttribute(node, converter.input_of(node, 0).shape, window[0], window[1]));
  const Attributes attributes = {{"kernel_shape", Pair(window)},
                                 {"strides", Pair(node.attributes.strides)},
                                 {"count_include_pad", int64_t{node.attributes.count_padding}},
                                 padding};
  converter.SetNchw(converter.onnx().Emit("AveragePool", node.name, {converter.Nchw(node.inputs[0])}, attributes));
  return Status();
}

Status ExportSpatialMean(Converter& converter, const ir::Node& node) {
  converter.SetNchw(converter.onnx().Emit("GlobalAveragePool", node.name, {converter.Nchw(node.inputs[0])}));
  return Status();
}

Status ExportResizeBilinear(Converter& converter, const ir::Node& node) {
  return ExportResize(converter, node, "linear", {});
}

Status ExportResizeNearest(Converter& converter, const ir::Node& node) {
  constexpr std::string_view kRoundings[] = {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"};
  return ExportResize(converter, node, "nearest",
                      {{"nearest_mode", kRoundings[static_cast<size_t>(node.attributes.rounding)]}});
}

Status ExportDepthToSpace(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  const ir::Attributes& a = node.attributes;
  const bool crops = a.crop[0] > 0 || a.crop[1] > 0;
  std::string result =
      onnx.Emit("DepthToSpace", crops ? node.name + "/blocks" : node.name, {converter.Nchw(node.inputs[0])},
                {{"blocksize", a.block}, {"mode", std::string_view(a.pixels_innermost ? "CRD" : "DCR")}});
  if (crops) {
    constexpr int64_t kEnd = std::numeric_limits<int32_t>::max();
    const auto end = [](int64_t crop) { return crop > 0 ? -crop : kEnd; };
    result = onnx.Emit(
        "Slice", node.name,
        {result, onnx.Ints(node.name + "/begin", {0, 0}),
         onnx.Ints(node.name + "/end", {end(a.crop[0]), end(a.crop[1])}), onnx.Ints(node.name + "/axes", {2, 3})});
  }
  converter.SetNchw(std::move(result));
  return Status();
}

Status ExportSoftmax(Converter& converter, const ir::Node& node) {
  converter.SetNchw(
      converter.onnx().Emit("Softmax", node.name, {converter.Nchw(node.inputs[0])}, {{"axis", int64_t{1}}}));
  return Status();
}

Status ExportSliceChannels(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  const int64_t begin = node.attributes.offset, end = begin + node.attributes.count;
  converter.SetNchw(onnx.Emit("Slice", node.name,
                              {converter.Nchw(node.inputs[0]), onnx.Ints(node.name + "/begin", {begin}),
                               onnx.Ints(node.name + "/end", {end}), onnx.Ints(node.name + "/axes", {1})}));
  return Status();
}

}  // namespace sinew::onnx_export
