// From the steps of a plan to layers.
#include "plan_layers.h"

#include <algorithm>

#include "base/error.h"
#include "family.h"
#include "program/program.h"

namespace sinew::bench {
namespace {

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

// The operations that a step does, from a picture of `input` to one of `output`; none where the step is of another
// kind.
struct StepOperations {
  Size input, output;
  using Operations = std::vector<Operation>;

  // A convolution, and the pooling of its result where that is fused with it.
  Operations ConvToOutput(const program::Window& window, program::Activation activation,
                          const program::Size* unpooled) const {
    if (unpooled == nullptr) return {MakeOperation(Kind::kConv, window, activation, output)};
    const Size large = {Int(unpooled->height()), Int(unpooled->width()), output.channels};
    return {MakeOperation(Kind::kConv, window, activation, large),
            {.kind = Kind::kPool, .kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2, .output = output}};
  }

  Operations operator()(const program::ConvStepT& s) const {
    return ConvToOutput(*s.window, s.activation, s.unpooled.get());
  }
  Operations operator()(const program::ConvPairStepT& s) const {
    const Size between = {Int(s.between->height()), Int(s.between->width()), Int(s.between_channels)};
    Operations operations = ConvToOutput(*s.window, s.activation, s.unpooled.get());
    operations.insert(operations.begin(), MakeOperation(Kind::kConv, *s.first_window, s.first_activation, between));
    return operations;
  }
  Operations operator()(const program::SeparableStepT& s) const {
    const program::Window pointwise(1, 1, 1, 1, 1, 1, 0, 0);
    const Size between = {output.height, output.width, input.channels};
    return {MakeOperation(Kind::kDepthwise, *s.window, s.depthwise_activation, between),
            MakeOperation(Kind::kConv, pointwise, s.activation, output)};
  }
  Operations operator()(const program::DepthwiseStepT& s) const {
    return {MakeOperation(Kind::kDepthwise, *s.window, s.activation, output)};
  }
  Operations operator()(const program::PoolStepT& s) const {
    return {MakeOperation(Kind::kPool, *s.window, program::Activation::None, output)};
  }
  template <class Other>
  Operations operator()(const Other&) const {
    return {};
  }
};

Layer LayerFromStep(const program::StepT& step) {
  Layer layer{.name = step.name, .times = 1, .input = SizeFromSlice(step.inputs[0]), .operations = {}};
  std::replace(layer.name.begin(), layer.name.end(), ' ', '_');
  layer.operations = program::VisitStep(step, StepOperations{layer.input, SizeFromSlice(*step.output)});
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
        if (MakeProblem(part).ok()) Add(part, &layers);
      }
    }
  }
  return layers;
}

}  // namespace sinew::bench
