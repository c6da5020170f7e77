// Sums over a plan's steps, tensors and weights.
#include "measure/plan_figures.h"

#include "runtime/model_access.h"

namespace sinew::measure {
namespace {

uint64_t Bytes(const program::Slice& slice) {
  return uint64_t{slice.height()} * slice.width() * slice.channels() * program::ElementBytes(slice.type());
}

// Weights and biases of a convolution.
uint64_t ConvParameters(const program::Window& window, uint64_t in, uint64_t out) {
  return uint64_t{window.kernel_h()} * window.kernel_w() * in * out + out;
}

// Of one step; `in` and `out` are channels.
struct CountParameters {
  uint64_t in, out;

  uint64_t operator()(const program::ConvStepT& s) const { return ConvParameters(*s.window, in, out); }
  uint64_t operator()(const program::ConvPairStepT& s) const {
    return ConvParameters(*s.first_window, in, s.between_channels) + ConvParameters(*s.window, s.between_channels, out);
  }
  uint64_t operator()(const program::DepthwiseStepT& s) const { return ConvParameters(*s.window, 1, out); }
  uint64_t operator()(const program::SeparableStepT& s) const {
    return ConvParameters(*s.window, 1, in) + in * out + out;
  }
  uint64_t operator()(const program::NormalizeStepT&) const { return 2 * out; }
  uint64_t operator()(const program::ScaleShiftStepT&) const { return 2 * out; }
  uint64_t operator()(const program::PreluStepT&) const { return out; }
  template <class WithoutWeights>
  uint64_t operator()(const WithoutWeights&) const {
    return 0;
  }
};

uint64_t Parameters(const program::StepT& step) {
  return program::VisitStep(step, CountParameters{step.inputs[0].channels(), step.output->channels()});
}

}  // namespace

const program::PlanT* FindPlan(const Model& model, Resolution resolution) {
  for (const auto& plan : runtime::ModelAccess::artifact(model).model().plans) {
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
  figures.input_type = program::DataTypeName(step.inputs[0].type());
  figures.output_type = program::DataTypeName(step.output->type());
  for (const uint32_t blob : program::BlobIndices(step)) figures.weight_bytes += artifact.blob(blob).bytes.size();
  figures.parameters = Parameters(step);
  return figures;
}

}  // namespace sinew::measure
