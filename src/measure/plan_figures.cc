// Sums over a plan's steps, tensors and weights.
#include "measure/plan_figures.h"

#include "program/reader.h"

namespace sinew::measure {
namespace {

uint64_t Bytes(const program::Slice& slice) {
  return uint64_t{slice.height()} * slice.width() * slice.channels() * sizeof(float);
}

// Weights and biases of a convolution.
uint64_t ConvParameters(const program::Window& window, uint64_t in, uint64_t out) {
  return uint64_t{window.kernel_h()} * window.kernel_w() * in * out + out;
}

uint64_t Parameters(const program::StepT& step) {
  using program::StepKind;
  const uint64_t in = step.inputs[0].channels(), out = step.output->channels();
  switch (step.kind) {
    case StepKind::Conv:
      return ConvParameters(*step.window, in, out);
    case StepKind::ConvPair:
      return ConvParameters(*step.first->window, in, step.first->channels) +
             ConvParameters(*step.window, step.first->channels, out);
    case StepKind::Depthwise:
      return ConvParameters(*step.window, 1, out);
    case StepKind::Separable:
      return ConvParameters(*step.window, 1, in) + in * out + out;
    case StepKind::Normalize:
    case StepKind::ScaleShift:
      return 2 * out;
    case StepKind::Pool:
    case StepKind::Resize:
    case StepKind::Add:
    case StepKind::Copy:
      return 0;
  }
  return 0;
}

}  // namespace

const program::PlanT* FindPlan(const Model& model, Resolution resolution) {
  for (const auto& plan : model.artifact().model().plans) {
    if (static_cast<int>(plan->input->width()) == resolution.width &&
        static_cast<int>(plan->input->height()) == resolution.height)
      return plan.get();
  }
  return nullptr;
}

double DirectMultiplyAdds(const program::PlanT& plan) {
  double sum = 0;
  for (const auto& step : plan.steps) sum += static_cast<double>(step->multiply_adds);
  return sum;
}

StepFigures MakeStepFigures(const program::StepT& step, const program::Artifact& artifact) {
  StepFigures figures;
  for (const program::Slice& input : step.inputs) figures.input_bytes += Bytes(input);
  figures.output_bytes = Bytes(*step.output);
  for (const uint32_t blob : step.blobs) figures.weight_bytes += artifact.blob(blob).size_bytes();
  figures.parameters = Parameters(step);
  return figures;
}

}  // namespace sinew::measure
