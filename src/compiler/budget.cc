// Measuring sensitivities, and finding the price.
#include "compiler/budget.h"

#include <cmath>
#include <vector>

#include "base/error.h"
#include "compiler/plan/planner.h"
#include "compiler/trial.h"

namespace sinew {

Result<plan::ErrorBudget> MeasureBudget(const program::PlanT& plan, const program::BlobPool& weights,
                                        simd::Target target, std::span<const float> pictures) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<double> sensitivities,
                         MeasureSensitivities(plan, weights, target, pictures));
  plan::ErrorBudget budget;
  for (size_t i = 0; i < sensitivities.size(); ++i) budget.sensitivities[plan.steps[i]->name] = sensitivities[i];
  return budget;
}

Result<double> AlgorithmError(const backends::Backend& backend, const program::StepT& step, std::string_view target) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<backends::Algorithm> algorithms, backend.AlgorithmsFor(step, target));
  for (const backends::Algorithm& algorithm : algorithms) {
    if (algorithm.name == step.algorithm) return algorithm.error;
  }
  return 0.0;
}

Result<double> ExpectedError(const backends::Backend& backend, const program::PlanT& plan,
                             const plan::ErrorBudget& budget) {
  double squares = 0;
  for (const auto& step : plan.steps) {
    SINEW_ASSIGN_OR_RETURN(const double error, AlgorithmError(backend, *step, plan.target));
    const double share = budget.Share(step->name, error);
    squares += share * share;
  }
  return std::sqrt(squares);
}

Status SetPrice(const ir::Graph& graph, const plan::PlanOptions& options, double allowed, plan::ErrorBudget* budget) {
  const auto error = [&](double price) -> Result<double> {
    budget->seconds_per_square = price;
    plan::PackedWeights nothing{plan::PackedWeights::Nothing()};
    SINEW_ASSIGN_OR_RETURN(const plan::PlannedNetwork network, plan::PlanNetwork(graph, options, &nothing));
    return ExpectedError(*options.backend, network.plan, *budget);
  };
  SINEW_ASSIGN_OR_RETURN(const double free_error, error(0));
  if (free_error <= allowed) return Status();
  // Of powers of ten: from a microsecond for an error of 1 to a second for one of 1e-12.
  double low = -6, high = 24;
  constexpr int kHalvings = 16;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    SINEW_ASSIGN_OR_RETURN(const double at_middle, error(std::pow(10, middle)));
    (at_middle <= allowed ? high : low) = middle;
  }
  budget->seconds_per_square = std::pow(10, high);
  return Status();
}

}  // namespace sinew
