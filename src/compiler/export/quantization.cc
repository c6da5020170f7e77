// Scales of pictures and weights.
#include "compiler/export/quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/gemm/narrow/rounding.h"
#include "base/error.h"
#include "compiler/calibrate/calibration.h"
#include "compiler/calibrate/end_layers.h"
#include "simd/target.h"

namespace sinew::onnx_export {

TensorScale LeastSquaresScale(std::span<const float> values) {
  constexpr int kCandidates = 36;
  constexpr double kSteps = 255, kShrink = 0.02;
  double low = 0, high = 0;
  for (const float value : values) {
    low = std::min(low, static_cast<double>(value));
    high = std::max(high, static_cast<double>(value));
  }
  if (!(high - low > std::numeric_limits<float>::min() * kSteps)) return {};
  TensorScale best;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kCandidates; ++i) {
    const double scale = (high - low) * (1 - kShrink * i) / kSteps;
    const double zero = std::clamp(std::round(-low / (high - low) * kSteps), 0.0, kSteps);
    double error = 0;
    for (const float value : values) {
      const double steps = std::clamp(std::nearbyint(static_cast<double>(value) / scale) + zero, 0.0, kSteps);
      const double off = scale * (steps - zero) - static_cast<double>(value);
      error += off * off;
    }
    if (error < least) {
      least = error;
      best = {static_cast<float>(scale), static_cast<uint8_t>(zero)};
    }
  }
  return best;
}

namespace {

// The sampled values of a node's picture; of what only arranges channels, those of what it is made of.
std::vector<float> Samples(const ir::Graph& graph, ir::NodeId id, const ChannelStatistics& statistics) {
  const ir::Node& node = graph.node(id);
  if (const auto it = statistics.samples.find(node.name); it != statistics.samples.end()) return it->second;
  std::vector<float> values;
  const bool arranges =
      node.op == ir::OpKind::kConcat || node.op == ir::OpKind::kSliceChannels || node.op == ir::OpKind::kIdentity;
  if (!arranges) return values;
  for (const ir::NodeId input : node.inputs) {
    const std::vector<float> part = Samples(graph, input, statistics);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

}  // namespace

Result<Quantization> Quantize(const ir::Graph& graph, std::span<const float> pictures) {
  SINEW_ASSIGN_OR_RETURN(ChannelStatistics statistics,
                         MeasureChannels(graph, pictures, simd::SupportedTargets().back()));
  const std::unordered_set<std::string> ends = EndLayers(graph);
  Quantization quantization;
  for (const ir::Node& node : graph.nodes()) {
    const bool convolves = node.op == ir::OpKind::kConv2d || node.op == ir::OpKind::kDepthwiseConv2d;
    if (!convolves || ends.contains(node.name) || graph.node(node.inputs[1]).value == nullptr) continue;
    if (node.inputs.size() > 2 && graph.node(node.inputs[2]).value == nullptr) continue;
    const std::vector<float> samples = Samples(graph, node.inputs[0], statistics);
    if (samples.empty()) continue;
    quantization.convolutions.insert(node.name);
    quantization.inputs.try_emplace(graph.node(node.inputs[0]).name, LeastSquaresScale(samples));
  }
  quantization.means = std::move(statistics.means);
  return quantization;
}

QuantizedKernel QuantizeKernel(const ir::Tensor& kernel) {
  const size_t count = static_cast<size_t>(kernel.shape[0]), each = kernel.floats.size() / count;
  QuantizedKernel quantized;
  quantized.values.resize(kernel.floats.size());
  for (size_t k = 0; k < count; ++k) {
    const std::span<const float> weights = std::span(kernel.floats).subspan(k * each, each);
    const float scale = cpu::ColumnScale(weights);
    quantized.scales.push_back(scale);
    for (size_t i = 0; i < each; ++i) quantized.values[k * each + i] = cpu::ToI8(weights[i], scale);
  }
  return quantized;
}

std::vector<double> MissingMeans(const ir::Tensor& kernel, const QuantizedKernel& quantized,
                                 const std::vector<double>& means) {
  const size_t count = static_cast<size_t>(kernel.shape[0]), each = kernel.floats.size() / count;
  const size_t channels = static_cast<size_t>(kernel.shape[1]), taps = each / channels;
  std::vector<double> missing(count, 0.0);
  if (means.empty()) return missing;
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < each; ++i) {
      const size_t at = k * each + i;
      const double lost = static_cast<double>(kernel.floats[at]) -
                          static_cast<double>(quantized.values[at]) * static_cast<double>(quantized.scales[k]);
      // A depthwise kernel has one channel here: that of its group.
      const size_t channel = channels == 1 && means.size() > 1 ? k * means.size() / count : i / taps;
      missing[k] += means[channel] * lost;
    }
  }
  return missing;
}

}  // namespace sinew::onnx_export
