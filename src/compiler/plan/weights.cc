// What packed weights depend on, and the packing.
#include "compiler/plan/weights.h"

#include <string>
#include <variant>

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
  return Packed{blob, algorithm.seconds};
}

}  // namespace sinew::plan
