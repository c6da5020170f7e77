// Scales and shifts, and folding them into convolutions.
#include "compiler/passes/affine.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/error.h"
#include "compiler/passes/constants.h"

namespace sinew::passes {
namespace {

using ir::OpKind;

bool AllFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool FitsFloat(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(static_cast<float>(value)); });
}

}  // namespace

std::optional<Affine> MatchAffine(const ir::Graph& graph, const ir::Node& node) {
  if (node.op == OpKind::kBatchNorm) return std::nullopt;  // FoldBatchNorm's, which refuses damaged statistics
  Result<Affine> affine = ir::MakeAffine(graph, node);
  if (!affine.ok()) return std::nullopt;
  return std::move(*affine);
}

std::optional<Convolution> MatchConvolution(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (node.op != OpKind::kConv2d && node.op != OpKind::kDepthwiseConv2d) return std::nullopt;
  const ir::Tensor* kernel = FloatConstant(graph, node.inputs[1]);
  if (kernel == nullptr || kernel->shape.size() != 4 || kernel->floats.empty()) return std::nullopt;
  const std::vector<int64_t>& shape = kernel->shape;
  const auto outputs = static_cast<size_t>(node.op == OpKind::kConv2d ? shape[3] : shape[2] * shape[3]);
  Convolution result{.node = node, .kernel = graph.node(node.inputs[1]).value, .bias = {}};
  result.bias.assign(outputs, 0.0);
  if (node.inputs.size() > 2) {
    const ir::Tensor* bias = FloatConstant(graph, node.inputs[2]);
    if (bias == nullptr || bias->floats.size() != outputs) return std::nullopt;
    result.bias.assign(bias->floats.begin(), bias->floats.end());
  }
  return result;
}

bool Convolution::HasNoPadding(const ir::Graph& graph) const {
  using Kind = ir::Padding::Kind;
  const ir::Padding& padding = node.attributes.padding;
  if (padding.kind == Kind::kValid) return true;
  if (padding.kind == Kind::kExplicit) {
    return padding.top == 0 && padding.bottom == 0 && padding.left == 0 && padding.right == 0;
  }
  if (kernel->shape[0] == 1 && kernel->shape[1] == 1) return true;  // the window is one element at any stride
  const ir::Shape& input = graph.node(node.inputs[0]).shape;
  if (!ir::IsFullyKnown(input) || input.size() != 4) return false;
  const auto window = ir::ResolveWindow(node.attributes, kernel->shape[0], kernel->shape[1], input[1], input[2]);
  return window.ok() && window->pad_top == 0 && window->pad_bottom == 0 && window->pad_left == 0 &&
         window->pad_right == 0;
}

bool ScaleOutputs(Convolution& convolution, const std::vector<double>& scale, const std::vector<double>& shift) {
  const size_t outputs = convolution.bias.size();
  if (scale.size() != outputs || shift.size() != outputs) return false;
  std::vector<double> bias(outputs);
  for (size_t k = 0; k < outputs; ++k) bias[k] = convolution.bias[k] * scale[k] + shift[k];
  if (!FitsFloat(bias)) return false;
  if (std::any_of(scale.begin(), scale.end(), [](double value) { return value != 1; })) {
    ir::Tensor kernel = *convolution.kernel;
    // RSCK counts K innermost; RSCM counts C*M innermost, in the order of the output channels.
    for (size_t i = 0; i < kernel.floats.size(); ++i) {
      kernel.floats[i] = static_cast<float>(kernel.floats[i] * scale[i % outputs]);
    }
    if (!AllFinite(kernel.floats)) return false;
    convolution.kernel = std::make_shared<const ir::Tensor>(std::move(kernel));
  }
  convolution.bias = std::move(bias);
  return true;
}

bool ScaleInputs(Convolution& convolution, const std::vector<double>& scale, const std::vector<double>& shift,
                 int64_t multiplier) {
  const ir::Tensor& old = *convolution.kernel;
  const auto taps = static_cast<size_t>(old.shape[0] * old.shape[1]);
  const auto channels = static_cast<size_t>(old.shape[2]);
  const auto columns = static_cast<size_t>(old.shape[3]);  // K, or M of a depthwise convolution
  const auto group = static_cast<size_t>(multiplier);
  if (scale.size() != channels || shift.size() != channels || channels % group != 0) return false;
  if (convolution.depthwise() && group != 1) return false;

  ir::Shape shape = old.shape;
  shape[2] /= multiplier;
  std::vector<double> bias = convolution.bias;
  std::vector<float> floats(taps * channels / group * columns);
  for (size_t tap = 0; tap < taps; ++tap) {
    for (size_t c = 0; c < channels / group; ++c) {
      for (size_t k = 0; k < columns; ++k) {
        double sum = 0;
        for (size_t from = c * group; from < (c + 1) * group; ++from) {
          const double weight = old.floats[(tap * channels + from) * columns + k];
          sum += weight * scale[from];
          bias[convolution.depthwise() ? c * columns + k : k] += weight * shift[from];
        }
        floats[(tap * (channels / group) + c) * columns + k] = static_cast<float>(sum);
      }
    }
  }
  if (!AllFinite(floats) || !FitsFloat(bias)) return false;
  convolution.kernel = std::make_shared<const ir::Tensor>(ir::Tensor::Floats(std::move(shape), std::move(floats)));
  convolution.bias = std::move(bias);
  return true;
}

Status ReplaceByConvolution(Rewriter& rewriter, ir::NodeId old_id, const Convolution& convolution, ir::NodeId input) {
  ir::Node node = convolution.node;
  node.name = rewriter.WantedName(node.name);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId kernel, rewriter.EmitConst(node.name + "/kernel", convolution.kernel));
  node.inputs = {input, kernel};
  const bool has_bias =
      std::any_of(convolution.bias.begin(), convolution.bias.end(), [](double value) { return value != 0; });
  if (has_bias) {
    std::optional<ir::Tensor> values = FloatVector(convolution.bias);
    if (!values) return Internal("node \"{}\": a bias that is not finite", node.name);
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias, rewriter.EmitConst(node.name + "/bias", std::move(*values)));
    node.inputs.push_back(bias);
  }
  return rewriter.Replace(old_id, std::move(node)).status();
}

Result<bool> ReplaceByScaleShift(Rewriter& rewriter, ir::NodeId old_id, const std::string& name, const Affine& affine,
                                 ir::NodeId input) {
  std::optional<ir::Tensor> scale = FloatVector(affine.scale);
  std::optional<ir::Tensor> shift = FloatVector(affine.shift);
  if (!scale || !shift) return false;
  ir::Node node;
  node.op = OpKind::kScaleShift;
  node.name = name;
  node.attributes.activation = affine.activation;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scale_id, rewriter.EmitConst(name + "/scale", std::move(*scale)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shift_id, rewriter.EmitConst(name + "/shift", std::move(*shift)));
  node.inputs = {input, scale_id, shift_id};
  SINEW_RETURN_IF_ERROR(rewriter.Replace(old_id, std::move(node)).status());
  return true;
}

}  // namespace sinew::passes
