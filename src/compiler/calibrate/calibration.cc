// Measuring channels, and making them even.
#include "compiler/calibrate/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "backends/cpu/backend.h"
#include "base/error.h"
#include "compiler/passes/rewriter.h"
#include "compiler/plan/planner.h"
#include "runtime/executor.h"

namespace sinew {
namespace {

// The CPU's backend without steps that do two operations in one, so that every result can be looked at.
class OneByOne : public backends::Backend {
 public:
  std::string_view name() const override { return cpu::CpuBackend().name(); }
  Result<std::vector<backends::Algorithm>> AlgorithmsFor(const program::StepT& step,
                                                         std::string_view target) const override {
    using program::StepKind;
    const StepKind kind = step.what.type;
    const bool pools = kind == StepKind::Conv && step.what.AsConv()->unpooled != nullptr;
    if (kind == StepKind::Separable || kind == StepKind::ConvPair || pools) return std::vector<backends::Algorithm>();
    return cpu::CpuBackend().AlgorithmsFor(step, target);
  }
  void Pack(const program::StepT& step, std::string_view algorithm, std::span<const float> weights,
            float* packed) const override {
    cpu::CpuBackend().Pack(step, algorithm, weights, packed);
  }
  double SecondsToMove(double bytes) const override { return cpu::CpuBackend().SecondsToMove(bytes); }
};

// Sums of what a channel holds.
struct Sums {
  std::vector<double> sum, largest;
  double pixels = 0;

  void Add(const TensorView& view) {
    const size_t channels = static_cast<size_t>(view.channels);
    sum.resize(channels);
    largest.resize(channels);
    const size_t count = static_cast<size_t>(view.height) * static_cast<size_t>(view.width);
    for (size_t p = 0; p < count; ++p) {
      const float* const pixel = view.data + p * view.pixel_stride;
      for (size_t c = 0; c < channels; ++c) {
        const double value = static_cast<double>(pixel[c]);
        sum[c] += value;
        largest[c] = std::max(largest[c], std::fabs(value));
      }
    }
    pixels += static_cast<double>(count);
  }
};

// Appends values of a picture, evenly spread, at most `most` of them.
void Sample(const TensorView& view, size_t most, std::vector<float>* values) {
  const size_t channels = static_cast<size_t>(view.channels);
  const size_t count = static_cast<size_t>(view.height) * static_cast<size_t>(view.width) * channels;
  // A step that shares no factor with the number of channels comes by all of them.
  size_t step = std::max<size_t>(1, count / most);
  while (std::gcd(step, channels) != 1) ++step;
  for (size_t i = 0; i < count; i += step)
    values->push_back(view.data[i / channels * view.pixel_stride + i % channels]);
}

}  // namespace

Result<ChannelStatistics> MeasureChannels(const ir::Graph& graph, std::span<const float> pictures,
                                          simd::Target target) {
  // Values of a node, of all pictures together.
  constexpr size_t kMostSamples = 20000;
  // Of a layer: what is measured is coarser by far.
  constexpr double kError = 1e-4;
  const OneByOne backend;
  plan::PackedWeights weights;
  SINEW_ASSIGN_OR_RETURN(
      const plan::PlannedNetwork planned,
      plan::PlanNetwork(graph, {.backend = &backend, .target = simd::TargetName(target), .max_layer_error = kError},
                        &weights));
  SINEW_ASSIGN_OR_RETURN(const auto executor, runtime::Executor::Create(planned.plan, weights.pool().lookup(), target,
                                                                        runtime::AvailableProcessors()));
  const size_t floats = executor->input().size();
  if (pictures.empty() || pictures.size() % floats != 0)
    return InvalidArgument("{} floats of pictures to calibrate by are not a whole number of {}", pictures.size(),
                           floats);
  std::vector<Sums> sums(planned.plan.steps.size() + 1);  // the input's last
  std::vector<std::vector<float>> samples(sums.size());
  const size_t most = std::max<size_t>(1, kMostSamples / (pictures.size() / floats));
  const auto add_view = [&](size_t i, const TensorView& view) {
    sums[i].Add(view);
    Sample(view, most, &samples[i]);
  };
  const auto add = [&](size_t step) { add_view(step, executor->step_output(step)); };
  for (size_t first = 0; first < pictures.size(); first += floats) {
    std::copy_n(pictures.begin() + static_cast<ptrdiff_t>(first), floats, executor->input().begin());
    add_view(sums.size() - 1, executor->MakeView(*planned.plan.input));
    SINEW_RETURN_IF_ERROR(executor->Run({.after_step = add}));
  }
  ChannelStatistics statistics;
  for (size_t i = 0; i < sums.size(); ++i) {
    const std::string& name = i + 1 < sums.size() ? planned.plan.steps[i]->name : graph.node(graph.input()).name;
    for (double& sum : sums[i].sum) sum /= sums[i].pixels;
    statistics.means.Set(name, std::move(sums[i].sum));
    statistics.largest[name] = std::move(sums[i].largest);
    statistics.samples[name] = std::move(samples[i]);
  }
  return statistics;
}

namespace {

using ir::Node;
using ir::NodeId;

bool IsConvolution(const ir::Graph& graph, const Node& node) {
  const bool convolves = node.op == ir::OpKind::kConv2d || node.op == ir::OpKind::kDepthwiseConv2d;
  return convolves && std::all_of(node.inputs.begin() + 1, node.inputs.end(),
                                  [&](NodeId input) { return graph.node(input).value != nullptr; });
}

// A depthwise convolution of which one input channel makes several.
bool HasMultiplier(const ir::Graph& graph, const Node& node) {
  return node.op == ir::OpKind::kDepthwiseConv2d && graph.node(node.inputs[1]).shape[3] != 1;
}

// The largest weight of a convolution that reads each of its input channels.
std::vector<double> LargestWeights(const ir::Tensor& kernel) {
  const size_t channels = static_cast<size_t>(kernel.shape[2]), columns = static_cast<size_t>(kernel.shape[3]);
  std::vector<double> largest(channels, 0.0);
  for (size_t i = 0; i < kernel.floats.size(); ++i) {
    double& most = largest[i / columns % channels];
    most = std::max(most, std::fabs(static_cast<double>(kernel.floats[i])));
  }
  return largest;
}

// Powers of two, their product near 1.
std::vector<double> Scales(const std::vector<double>& largest, const std::vector<double>& weights) {
  constexpr double kMost = 8;  // in either direction: what needs more is noise
  std::vector<double> exponents(largest.size(), 0.0);
  double sum = 0;
  int used = 0;
  for (size_t c = 0; c < largest.size(); ++c) {
    if (!(largest[c] > 0) || !(weights[c] > 0)) continue;
    exponents[c] = std::log2(largest[c] / weights[c]) / 2;
    sum += exponents[c];
    ++used;
  }
  const double mean = used > 0 ? sum / used : 0;
  std::vector<double> scales(largest.size(), 1.0);
  for (size_t c = 0; c < largest.size(); ++c) {
    if (!(largest[c] > 0) || !(weights[c] > 0)) continue;
    scales[c] = std::exp2(std::clamp(std::round(exponents[c] - mean), -kMost, kMost));
  }
  return scales;
}

struct NodeScales {
  std::vector<double> outputs, inputs;  // that outputs are divided by and inputs multiplied; empty: none
};

// `values`, of which element i belongs to channel i / columns % scales.size(), multiplied by that channel's scale, or
// its inverse.
ir::Tensor Scaled(const ir::Tensor& tensor, size_t columns, const std::vector<double>& scales, bool divide) {
  ir::Tensor scaled = tensor;
  for (size_t i = 0; i < scaled.floats.size(); ++i) {
    const double scale = scales[i / columns % scales.size()];
    scaled.floats[i] = static_cast<float>(static_cast<double>(scaled.floats[i]) * (divide ? 1 / scale : scale));
  }
  return scaled;
}

}  // namespace

Result<ir::Graph> EqualizeChannels(const ir::Graph& graph, const ChannelStatistics& statistics, int* changes) {
  const std::vector<int> uses = graph.UseCounts();
  std::vector<NodeScales> scales(static_cast<size_t>(graph.size()));
  int pairs = 0;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& reader = graph.node(id);
    if (!IsConvolution(graph, reader) || HasMultiplier(graph, reader)) continue;
    const NodeId source = reader.inputs[0];
    const Node& writer = graph.node(source);
    if (!IsConvolution(graph, writer) || uses[static_cast<size_t>(source)] != 1 ||
        writer.attributes.activation == ir::Activation::kRelu6) {
      continue;
    }
    const auto largest = statistics.largest.find(writer.name);
    const ir::Tensor& kernel = *graph.node(reader.inputs[1]).value;
    if (HasMultiplier(graph, writer) || largest == statistics.largest.end() ||
        largest->second.size() != static_cast<size_t>(kernel.shape[2])) {
      continue;
    }
    scales[static_cast<size_t>(source)].outputs = scales[static_cast<size_t>(id)].inputs =
        Scales(largest->second, LargestWeights(kernel));
    ++pairs;
  }
  if (changes != nullptr) *changes = pairs;
  int replaced = 0;
  return passes::RewriteNodes(graph, &replaced, [&](passes::Rewriter& rewriter, NodeId id) -> Result<bool> {
    const NodeScales& own = scales[static_cast<size_t>(id)];
    if (own.outputs.empty() && own.inputs.empty()) return false;
    const Node& old = rewriter.old().node(id);
    const ir::Tensor* const old_kernel = rewriter.old().node(old.inputs[1]).value.get();
    ir::Tensor kernel = *old_kernel;
    const size_t columns = static_cast<size_t>(kernel.shape[3]);
    if (!own.inputs.empty()) kernel = Scaled(kernel, columns, own.inputs, /*divide=*/false);
    // Both kinds have the channels of their outputs innermost, a depthwise one as the dimension before one of 1.
    if (!own.outputs.empty()) kernel = Scaled(kernel, 1, own.outputs, /*divide=*/true);
    Node node = rewriter.Copy(id);
    SINEW_ASSIGN_OR_RETURN(node.inputs[1],
                           rewriter.EmitConst(rewriter.old().node(old.inputs[1]).name, std::move(kernel)));
    if (!own.outputs.empty() && old.inputs.size() > 2) {
      const Node& bias = rewriter.old().node(old.inputs[2]);
      SINEW_ASSIGN_OR_RETURN(node.inputs[2],
                             rewriter.EmitConst(bias.name, Scaled(*bias.value, 1, own.outputs, /*divide=*/true)));
    }
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(node)).status());
    return true;
  });
}

}  // namespace sinew
