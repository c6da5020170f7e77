// Choosing by predicted or measured time.
#include "compiler/plan/choose_conv.h"

#include <algorithm>
#include <vector>

#include "compiler/plan/tuner.h"

namespace sinew::plan {
namespace {

// Predictions are better than this: what they put further behind the best is not worth measuring.
constexpr double kMaxCostRatio = 2.5;

// Faster algorithms take more memory for their weights, up to six times the plain ones. Above two megabytes for a
// layer, one is worth taking where it saves half a millisecond of a core that does what kSecondsPerCost says: a network
// of OpenPose's size, a second on such a core, then stays below 700 MB, 2 % slower than with 790.
double PriceOfWeights(size_t floats) {
  constexpr double kSecondsPerFloat = 0.5e-3 * sizeof(float) / 1e6, kFreeFloats = 2e6 / sizeof(float);
  return kSecondsPerFloat * std::max(0.0, static_cast<double>(floats) - kFreeFloats);
}

// A result that another step reads is written to memory and read back where it is larger than the caches: at 10 GB/s,
// 32 multiply-adds a float.
double TransitSeconds(const cpu::ConvProblem& p) {
  constexpr double kCachedFloats = 1 << 20;
  const double floats = static_cast<double>(p.out_h) * p.out_w * p.out_k;
  return floats > kCachedFloats ? 32.0 * floats * kSecondsPerCost : 0;
}

}  // namespace

ConvChooser::ConvChooser(const PlanOptions& options)
    : max_layer_error_(options.max_layer_error), tuner_(options.tuner) {
  if (options.sibling == nullptr) return;
  for (const auto& step : options.sibling->steps) siblings_[step->name] = step.get();
}

const program::StepT* ConvChooser::FindSibling(std::string_view step) const {
  const auto it = siblings_.find(step);
  return it == siblings_.end() ? nullptr : it->second;
}

template <class Problem, class Args>
double ConvChooser::Seconds(const Problem& problem, const cpu::Algorithm<Problem, Args>& algorithm) const {
  if constexpr (Tuner::Measures<Problem>()) {
    if (tuner_ != nullptr) return tuner_->Seconds(problem, algorithm);
  }
  return PredictedSeconds(problem, algorithm);
}

template <class Problem, class Args>
Choice<cpu::Algorithm<Problem, Args>> ConvChooser::Best(std::span<const cpu::Algorithm<Problem, Args>> table,
                                                        const Problem& problem) const {
  std::vector<const cpu::Algorithm<Problem, Args>*> candidates;
  double least_cost = 0;
  for (const auto& row : table) {
    if (!IsCandidate(problem, row)) continue;
    if (candidates.empty() || row.cost(problem) < least_cost) least_cost = row.cost(problem);
    candidates.push_back(&row);
  }
  std::erase_if(candidates, [&](const auto* row) { return row->cost(problem) > kMaxCostRatio * least_cost; });
  std::vector<double> seconds;
  for (const auto* const row : candidates) seconds.push_back(Seconds(problem, *row));
  Choice<cpu::Algorithm<Problem, Args>> best;
  if (candidates.empty()) return best;
  // The price is that on the processor of the predictions: on another one, in its own time.
  const size_t fastest = static_cast<size_t>(std::min_element(seconds.begin(), seconds.end()) - seconds.begin());
  const double slowness = seconds[fastest] / PredictedSeconds(problem, *candidates[fastest]);
  double best_price = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double price = seconds[i] + slowness * PriceOfWeights(candidates[i]->packed_floats(problem));
    if (best.algorithm != nullptr && price >= best_price) continue;
    best = {candidates[i], seconds[i]};
    best_price = price;
  }
  return best;
}

template <class Problem, class Args>
Choice<cpu::Algorithm<Problem, Args>> ConvChooser::ChooseFrom(std::span<const cpu::Algorithm<Problem, Args>> table,
                                                              std::string_view step, const Problem& problem) const {
  if (const program::StepT* const sibling = FindSibling(step)) {
    const auto* const row = cpu::FindAlgorithm(table, sibling->algorithm);
    if (row != nullptr && IsCandidate(problem, *row)) return {row, PredictedSeconds(problem, *row)};
  }
  return Best(table, problem);
}

Choice<cpu::ConvAlgorithm> ConvChooser::Choose(std::string_view step, const cpu::ConvProblem& problem) const {
  return ChooseFrom(cpu::ConvAlgorithms(), step, problem);
}

Choice<cpu::ConvPairAlgorithm> ConvChooser::Choose(std::string_view step, const cpu::ConvPairProblem& problem) const {
  return ChooseFrom(cpu::ConvPairAlgorithms(), step, problem);
}

Choice<cpu::SeparableAlgorithm> ConvChooser::Choose(std::string_view step, const cpu::SeparableProblem& problem) const {
  return ChooseFrom(cpu::SeparableAlgorithms(), step, problem);
}

bool ConvChooser::IsPairFaster(std::string_view step, const cpu::ConvPairProblem& problem) const {
  const auto together = Choose(step, problem);
  if (together.algorithm == nullptr) return false;
  if (const program::StepT* const sibling = FindSibling(step)) return sibling->kind == program::StepKind::ConvPair;
  const auto first = Best(cpu::ConvAlgorithms(), problem.first), second = Best(cpu::ConvAlgorithms(), problem.second);
  if (first.algorithm == nullptr || second.algorithm == nullptr) return false;
  // Predictions throughout: pairs are not measured.
  return PredictedSeconds(problem, *together.algorithm) <= PredictedSeconds(problem.first, *first.algorithm) +
                                                               PredictedSeconds(problem.second, *second.algorithm) +
                                                               TransitSeconds(problem.first);
}

bool ConvChooser::ShouldFusePool(std::string_view step, cpu::ConvProblem problem) const {
  const double own_step = TransitSeconds(problem);
  problem.max_pool = false;
  const auto apart = Best(cpu::ConvAlgorithms(), problem);
  problem.max_pool = true;
  const auto together = Best(cpu::ConvAlgorithms(), problem);
  const program::StepT* const sibling = FindSibling(step);
  if (sibling != nullptr && together.algorithm != nullptr) return sibling->kind != program::StepKind::Pool;
  return apart.algorithm != nullptr && together.algorithm != nullptr && together.seconds <= apart.seconds + own_step;
}

}  // namespace sinew::plan
