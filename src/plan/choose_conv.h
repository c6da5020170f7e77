// Choice among the convolution algorithms.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kernels/conv/conv.h"
#include "kernels/conv_pair/conv_pair.h"
#include "kernels/separable/separable.h"
#include "plan/plan_options.h"

namespace sinew::plan {

// What a unit of Algorithm::cost takes on one core of a processor with 256-bit FMA: for predictions. Comparing algorithms
// needs no better.
inline constexpr double kSecondsPerCost = 1 / 50e9;

template <class Problem, class Args>
double PredictedSeconds(const Problem& problem, const kernels::Algorithm<Problem, Args>& algorithm) {
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

  // The fastest within the limit of error, as long as it is worth its memory; for the step of a sibling plan, what that one chose, if it fits.
  Choice<kernels::ConvAlgorithm> Choose(std::string_view step, const kernels::ConvProblem& problem) const;
  Choice<kernels::ConvPairAlgorithm> Choose(std::string_view step, const kernels::ConvPairProblem& problem) const;
  Choice<kernels::SeparableAlgorithm> Choose(std::string_view step, const kernels::SeparableProblem& problem) const;
  // Whether two convolutions take no longer in one step, to be called `step`, than in two; a sibling plan decides for both.
  bool PairPays(std::string_view step, const kernels::ConvPairProblem& problem) const;
  // Whether max pooling in passing takes no longer than in a step of its own, called `step`; a sibling plan decides for both.
  bool PoolsInPassing(std::string_view step, kernels::ConvProblem problem) const;

 private:
  template <class Problem, class Args>
  double Seconds(const Problem& problem, const kernels::Algorithm<Problem, Args>& algorithm) const;
  template <class Problem, class Args>
  bool IsCandidate(const Problem& problem, const kernels::Algorithm<Problem, Args>& algorithm) const {
    return algorithm.error <= max_layer_error_ && algorithm.supports(problem);
  }
  template <class Problem, class Args>
  Choice<kernels::Algorithm<Problem, Args>> Best(std::span<const kernels::Algorithm<Problem, Args>> table, const Problem& problem) const;
  template <class Problem, class Args>
  Choice<kernels::Algorithm<Problem, Args>> ChooseFrom(std::span<const kernels::Algorithm<Problem, Args>> table, std::string_view step,
                                                       const Problem& problem) const;

  double max_layer_error_;
  Tuner* tuner_;
  const artifact::StepT* SiblingOf(std::string_view step) const;
  std::unordered_map<std::string_view, const artifact::StepT*> siblings_;  // by name
};

}  // namespace sinew::plan
