// What packed weights depend on, and the packing.
#include "compiler/plan/weights.h"

#include <string>
#include <variant>

#include "backends/cpu/gemm/narrow/rounding.h"
#include "base/error.h"
#include "program/step_problem.h"

namespace sinew::plan {
namespace {

// The sizes of a problem that the packing of its weights may depend on: all but those of the pictures.
struct WeightShape {
  std::string operator()(const kernels::ConvProblem& p) const {
    return fmt::format("conv {}x{}x{}x{}", p.kernel_h, p.kernel_w, p.in_c, p.out_k);
  }
  std::string operator()(const kernels::ConvPairProblem& p) const {
    return fmt::format("{} {}", (*this)(p.first), (*this)(p.second));
  }
  std::string operator()(const kernels::DepthwiseProblem& p) const {
    return fmt::format("depthwise {}x{}x{}", p.kernel_h, p.kernel_w, p.channels);
  }
  std::string operator()(const kernels::SeparableProblem& p) const {
    return fmt::format("{} to {}", (*this)(p.depthwise), p.out_k);
  }
  template <class Problem>
  std::string operator()(const Problem&) const {
    return "";
  }
};

}  // namespace

Result<double> WeightPacker::Choose(program::StepT* step) const {
  SINEW_ASSIGN_OR_RETURN(const backends::Algorithm algorithm, chooser_.Choose(*step));
  step->algorithm = algorithm.name;
  return algorithm.seconds;
}

Result<WeightPacker::Packed> WeightPacker::ChooseAndPack(program::StepT* step, std::span<const float> weights) {
  SINEW_ASSIGN_OR_RETURN(const backends::Algorithm algorithm, chooser_.Choose(*step));
  SINEW_ASSIGN_OR_RETURN(const kernels::Problem problem, program::MakeProblem(*step));
  step->algorithm = algorithm.name;
  const uint32_t blob = weights_->Pack(algorithm.name, std::visit(WeightShape(), problem), weights, algorithm.type,
                                       algorithm.weight_bytes,
                                       [&](float* packed) { backend_.Pack(*step, algorithm.name, weights, packed); });
  return Packed{blob, algorithm.seconds, algorithm.type};
}

void WeightPacker::CorrectBias(const ir::Graph& graph, ir::NodeId input, const program::StepT& step,
                               const Packed& packed, std::span<const float> weights, std::vector<float>* bias) const {
  if (means_ == nullptr || packed.type == program::DataType::F32 || packed.type == program::DataType::BF16Pair) return;
  // What the transform of a kernel loses is spread over its taps.
  if (step.algorithm.find("winograd") != std::string::npos) return;
  const std::vector<double> means = means_->Find(graph, input);
  const size_t columns = bias->size();
  if (means.empty() || weights.size() % (means.size() * columns) != 0) return;
  const std::vector<float> rounded = cpu::RoundedWeights(static_cast<kernels::DataType>(packed.type), columns, weights);
  std::vector<double> missing(columns, 0.0);
  for (size_t i = 0; i < weights.size(); ++i) {
    missing[i % columns] +=
        means[i / columns % means.size()] * (static_cast<double>(weights[i]) - static_cast<double>(rounded[i]));
  }
  for (size_t k = 0; k < columns; ++k) (*bias)[k] = static_cast<float>(static_cast<double>((*bias)[k]) + missing[k]);
}

}  // namespace sinew::plan
