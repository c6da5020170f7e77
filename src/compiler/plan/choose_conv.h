// Choice among the convolution algorithms.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/pair/conv_pair.h"
#include "backends/cpu/separable/separable.h"
#include "compiler/plan/plan_options.h"

namespace sinew::plan {

// What a unit of Algorithm::cost takes on one core of a processor with 256-bit FMA: for predictions. Comparing
// algorithms needs no better.
inline constexpr double kSecondsPerCost = 1 / 50e9;

template <class Problem, class Args>
double PredictedSeconds(const Problem& problem, const cpu::Algorithm<Problem, Args>& algorithm) {
  return algorithm.cost(problem) * kSecondsPerCost;
}

template <class Algorithm>
struct Choice {
  const Algorithm* algorithm = nullptr;  // null: none takes a window or size like this
  double seconds = 0;                    // on one thread: measured where there is a tuner, else predicted
};

class ConvChooser {
 public:
  explicit ConvChooser(const PlanOptions& options);

  // The fastest within the limit of error, as long as it is worth its memory; for the step of a sibling plan, what that
  // one chose, if it fits.
  Choice<cpu::ConvAlgorithm> Choose(std::string_view step, const cpu::ConvProblem& problem) const;
  Choice<cpu::ConvPairAlgorithm> Choose(std::string_view step, const cpu::ConvPairProblem& problem) const;
  Choice<cpu::SeparableAlgorithm> Choose(std::string_view step, const cpu::SeparableProblem& problem) const;
  // Whether two convolutions take no longer in one step, to be called `step`, than in two; a sibling plan decides for
  // both.
  bool IsPairFaster(std::string_view step, const cpu::ConvPairProblem& problem) const;
  // Whether max pooling in passing takes no longer than in a step of its own, called `step`; a sibling plan decides for
  // both.
  bool ShouldFusePool(std::string_view step, cpu::ConvProblem problem) const;

 private:
  template <class Problem, class Args>
  double Seconds(const Problem& problem, const cpu::Algorithm<Problem, Args>& algorithm) const;
  template <class Problem, class Args>
  bool IsCandidate(const Problem& problem, const cpu::Algorithm<Problem, Args>& algorithm) const {
    return algorithm.error <= max_layer_error_ && algorithm.supports(problem);
  }
  template <class Problem, class Args>
  Choice<cpu::Algorithm<Problem, Args>> Best(std::span<const cpu::Algorithm<Problem, Args>> table,
                                             const Problem& problem) const;
  template <class Problem, class Args>
  Choice<cpu::Algorithm<Problem, Args>> ChooseFrom(std::span<const cpu::Algorithm<Problem, Args>> table,
                                                   std::string_view step, const Problem& problem) const;

  double max_layer_error_;
  Tuner* tuner_;
  const program::StepT* FindSibling(std::string_view step) const;
  std::unordered_map<std::string_view, const program::StepT*> siblings_;  // by name
};

}  // namespace sinew::plan
