// From the steps of a plan to layers.
#include "plan_layers.h"

#include <algorithm>

#include "base/error.h"
#include "family.h"

namespace sinew::bench {
namespace {

using program::StepKind;
using Kind = Operation::Kind;

int Int(uint32_t value) { return static_cast<int>(value); }
Size SizeFromSlice(const program::Slice& slice) {
  return {Int(slice.height()), Int(slice.width()), Int(slice.channels())};
}

Operation MakeOperation(Kind kind, const program::Window& w, program::Activation activation, const Size& output) {
  return {.kind = kind,
          .kernel_h = Int(w.kernel_h()),
          .kernel_w = Int(w.kernel_w()),
          .stride_h = Int(w.stride_h()),
          .stride_w = Int(w.stride_w()),
          .dilation_h = Int(w.dilation_h()),
          .dilation_w = Int(w.dilation_w()),
          .pad_top = Int(w.pad_top()),
          .pad_left = Int(w.pad_left()),
          .activation = static_cast<cpu::Activation>(activation),
          .output = output};
}

// Without operations where the step is of another kind.
Layer LayerFromStep(const program::StepT& step) {
  Layer layer{.name = step.name, .times = 1, .input = SizeFromSlice(step.inputs[0]), .operations = {}};
  std::replace(layer.name.begin(), layer.name.end(), ' ', '_');
  const Size output = SizeFromSlice(*step.output);
  const program::Window& window = *step.window;
  const auto add_conv = [&] {
    Size size = output;
    if (step.unpooled != nullptr) size = {Int(step.unpooled->height()), Int(step.unpooled->width()), output.channels};
    layer.operations.push_back(MakeOperation(Kind::kConv, window, step.activation, size));
    if (step.unpooled == nullptr) return;
    layer.operations.push_back(
        {.kind = Kind::kPool, .kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2, .output = output});
  };
  switch (step.kind) {
    case StepKind::Conv:
      add_conv();
      break;
    case StepKind::ConvPair: {
      const program::FirstConvT& first = *step.first;
      const Size between = {Int(first.output->height()), Int(first.output->width()), Int(first.channels)};
      layer.operations = {MakeOperation(Kind::kConv, *first.window, first.activation, between)};
      add_conv();
      break;
    }
    case StepKind::Separable: {
      const program::Window pointwise(1, 1, 1, 1, 1, 1, 0, 0);
      const Size between = {output.height, output.width, layer.input.channels};
      layer.operations = {MakeOperation(Kind::kDepthwise, window, step.depthwise_activation, between),
                          MakeOperation(Kind::kConv, pointwise, step.activation, output)};
      break;
    }
    case StepKind::Depthwise:
      layer.operations = {MakeOperation(Kind::kDepthwise, window, step.activation, output)};
      break;
    case StepKind::Pool:
      layer.operations = {MakeOperation(Kind::kPool, window, step.activation, output)};
      break;
    default:
      break;
  }
  return layer;
}

// `count` operations from `first` on.
Layer SubLayer(const Layer& layer, size_t first, size_t count) {
  Layer part = layer;
  part.input = layer.input_of(first);
  const auto begin = layer.operations.begin() + static_cast<std::ptrdiff_t>(first);
  part.operations.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  if (count < layer.operations.size()) part.name += fmt::format(":{}", first + 1);
  if (count > 1 && count < layer.operations.size()) part.name += fmt::format("-{}", first + count);
  return part;
}

void Add(const Layer& layer, std::vector<Layer>* layers) {
  for (Layer& other : *layers) {
    if (other.input == layer.input && other.operations == layer.operations) {
      ++other.times;
      return;
    }
  }
  layers->push_back(layer);
}

}  // namespace

std::vector<Layer> LayersFromPlan(const program::PlanT& plan) {
  std::vector<Layer> layers;
  for (const auto& step : plan.steps) {
    const Layer layer = LayerFromStep(*step);
    for (size_t count = layer.operations.size(); count > 0; --count) {
      for (size_t first = 0; first + count <= layer.operations.size(); ++first) {
        const Layer part = SubLayer(layer, first, count);
        if (ProblemOf(part).ok()) Add(part, &layers);
      }
    }
  }
  return layers;
}

}  // namespace sinew::bench
