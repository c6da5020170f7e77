// Choosing by predicted or measured time.
#include "plan/choose_conv.h"

#include <vector>

#include "plan/tuner.h"

namespace sinew::plan {
namespace {

// Predictions are better than this: what they put further behind the best is not worth measuring.
constexpr double kHopeless = 2.5;

// Faster algorithms take more memory for their weights, up to six times the plain ones. A megabyte is worth taking where it
// saves half a millisecond of one core: a network of OpenPose's size, a second on one core, then stays below 700 MB, 2 %
// slower than with 790.
constexpr double kSecondsPerWeight = 0.5e-3 * sizeof(float) / 1e6;

bool IsCandidate(const kernels::ConvAlgorithm& row, const kernels::ConvProblem& problem, double max_error) {
  return row.error <= max_error && row.supports(problem);
}

// A result that another step reads is written to memory and read back where it is larger than the caches: at 10 GB/s, 32
// multiply-adds a float.
double TransitSeconds(const kernels::ConvProblem& p) {
  constexpr double kCachedFloats = 1 << 20;
  const double floats = static_cast<double>(p.out_h) * p.out_w * p.out_k;
  return floats > kCachedFloats ? 32.0 * floats * kSecondsPerCost : 0;
}

}  // namespace

ConvChooser::ConvChooser(const PlanOptions& options) : max_layer_error_(options.max_layer_error), tuner_(options.tuner) {
  if (options.sibling == nullptr) return;
  for (const auto& step : options.sibling->steps) siblings_[step->name] = step.get();
}

const artifact::StepT* ConvChooser::SiblingOf(std::string_view step) const {
  const auto it = siblings_.find(step);
  return it == siblings_.end() ? nullptr : it->second;
}

double ConvChooser::Seconds(const kernels::ConvProblem& problem, const kernels::ConvAlgorithm& algorithm) const {
  return tuner_ != nullptr ? tuner_->Seconds(problem, algorithm) : algorithm.cost(problem) * kSecondsPerCost;
}

ConvChoice ConvChooser::Best(const kernels::ConvProblem& problem) const {
  std::vector<const kernels::ConvAlgorithm*> candidates;
  double least_cost = 0;
  for (const kernels::ConvAlgorithm& row : kernels::ConvAlgorithms()) {
    if (!IsCandidate(row, problem, max_layer_error_)) continue;
    if (candidates.empty() || row.cost(problem) < least_cost) least_cost = row.cost(problem);
    candidates.push_back(&row);
  }
  ConvChoice best;
  double best_price = 0;
  for (const kernels::ConvAlgorithm* const row : candidates) {
    if (row->cost(problem) > kHopeless * least_cost) continue;
    const double seconds = Seconds(problem, *row);
    const double price = seconds + kSecondsPerWeight * static_cast<double>(row->packed_floats(problem));
    if (best.algorithm != nullptr && price >= best_price) continue;
    best = {row, seconds};
    best_price = price;
  }
  return best;
}

ConvChoice ConvChooser::Choose(std::string_view step, const kernels::ConvProblem& problem) const {
  if (const artifact::StepT* const sibling = SiblingOf(step)) {
    const kernels::ConvAlgorithm* const row = kernels::FindAlgorithm(kernels::ConvAlgorithms(), sibling->algorithm);
    if (row != nullptr && IsCandidate(*row, problem, max_layer_error_)) return {row, row->cost(problem) * kSecondsPerCost};
  }
  return Best(problem);
}

ConvPairChoice ConvChooser::ChoosePair(std::string_view step, const kernels::ConvPairProblem& problem) const {
  const artifact::StepT* const sibling = SiblingOf(step);
  ConvPairChoice best;
  double best_price = 0;
  for (const kernels::ConvPairAlgorithm& row : kernels::ConvPairAlgorithms()) {
    if (row.error > max_layer_error_ || !row.supports(problem)) continue;
    const double seconds = row.cost(problem) * kSecondsPerCost;
    if (sibling != nullptr && sibling->algorithm == row.name) return {&row, seconds};
    const double price = seconds + kSecondsPerWeight * static_cast<double>(row.packed_floats(problem));
    if (best.algorithm != nullptr && price >= best_price) continue;
    best = {&row, seconds};
    best_price = price;
  }
  return best;
}

bool ConvChooser::PairPays(std::string_view step, const kernels::ConvPairProblem& problem) const {
  const ConvPairChoice together = ChoosePair(step, problem);
  if (together.algorithm == nullptr) return false;
  if (const artifact::StepT* const sibling = SiblingOf(step)) return sibling->kind == artifact::StepKind::ConvPair;
  const ConvChoice first = Best(problem.first), second = Best(problem.second);
  return first.algorithm != nullptr && second.algorithm != nullptr && together.seconds <= first.seconds + second.seconds + TransitSeconds(problem.first);
}

bool ConvChooser::PoolsInPassing(std::string_view step, kernels::ConvProblem problem) const {
  const double own_step = TransitSeconds(problem);
  problem.max_pool = false;
  const ConvChoice apart = Best(problem);
  problem.max_pool = true;
  const ConvChoice together = Best(problem);
  const artifact::StepT* const sibling = SiblingOf(step);
  if (sibling != nullptr && together.algorithm != nullptr) return sibling->kind != artifact::StepKind::Pool;
  return apart.algorithm != nullptr && together.algorithm != nullptr && together.seconds <= apart.seconds + own_step;
}

}  // namespace sinew::plan
