// Steps for devices: any that is one operation.
#include "backends/device.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "base/error.h"
#include "program/program.h"
#include "program/step_problem.h"

namespace sinew::backends {
namespace {

size_t Product(std::initializer_list<int> factors) {
  size_t product = 1;
  for (const int factor : factors) product *= static_cast<size_t>(factor);
  return product;
}

// Whether a device runs such a step, and the floats of its weights.
struct Demand {
  bool runs = true;
  size_t weight_floats = 0;
};

struct GetDemand {
  Demand operator()(const kernels::ConvProblem& p) const {
    return {!p.max_pool, Product({p.kernel_h, p.kernel_w, p.in_c, p.out_k})};
  }
  Demand operator()(const kernels::DepthwiseProblem& p) const {
    return {true, Product({p.kernel_h, p.kernel_w, p.channels})};
  }
  Demand operator()(const kernels::ConvPairProblem&) const { return {false}; }
  Demand operator()(const kernels::SeparableProblem&) const { return {false}; }
  Demand operator()(const kernels::PreluProblem&) const { return {false}; }
  template <class Problem>
  Demand operator()(const Problem&) const {
    return {};
  }
};

class Device : public Backend {
 public:
  explicit Device(std::string_view name) : name_(name) {}

  std::string_view name() const override { return name_; }

  Result<std::vector<Algorithm>> AlgorithmsFor(const program::StepT& step, std::string_view) const override {
    SINEW_ASSIGN_OR_RETURN(const kernels::Problem problem, program::MakeProblem(step));
    const Demand demand = std::visit(GetDemand(), problem);
    if (!demand.runs) return std::vector<Algorithm>();
    return std::vector<Algorithm>{{.name = kDeviceAlgorithm, .weight_bytes = demand.weight_floats * sizeof(float)}};
  }

  void Pack(const program::StepT&, std::string_view, std::span<const float> weights, float* packed) const override {
    std::copy(weights.begin(), weights.end(), packed);
  }

  double SecondsToMove(double) const override { return 0; }

 private:
  std::string_view name_;
};

}  // namespace

const Backend& CudaBackend() {
  static const Device kCuda(program::kCudaBackend);
  return kCuda;
}

}  // namespace sinew::backends
