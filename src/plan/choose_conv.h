// Choice among the convolution algorithms.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "kernels/conv/conv.h"
#include "kernels/conv_pair/conv_pair.h"
#include "plan/plan_options.h"

namespace sinew::plan {

// What a unit of Algorithm::cost takes on one core of a processor with 256-bit FMA: for predictions. Comparing algorithms
// needs no better.
inline constexpr double kSecondsPerCost = 1 / 50e9;

struct ConvChoice {
  const kernels::ConvAlgorithm* algorithm = nullptr;  // null: none takes a window or size like this
  double seconds = 0;                                 // on one thread: measured where there is a tuner, else predicted
};

struct ConvPairChoice {
  const kernels::ConvPairAlgorithm* algorithm = nullptr;
  double seconds = 0;
};

class ConvChooser {
 public:
  explicit ConvChooser(const PlanOptions& options);

  // The fastest within the limit of error, as long as it is worth its memory; for the step of a sibling plan, what that one chose, if it fits.
  ConvChoice Choose(std::string_view step, const kernels::ConvProblem& problem) const;
  ConvPairChoice ChoosePair(std::string_view step, const kernels::ConvPairProblem& problem) const;
  // Whether two convolutions take no longer in one step, to be called `step`, than in two; a sibling plan decides for both.
  bool PairPays(std::string_view step, const kernels::ConvPairProblem& problem) const;
  // Whether max pooling in passing takes no longer than in a step of its own, called `step`; a sibling plan decides for both.
  bool PoolsInPassing(std::string_view step, kernels::ConvProblem problem) const;

 private:
  double Seconds(const kernels::ConvProblem& problem, const kernels::ConvAlgorithm& algorithm) const;
  ConvChoice Best(const kernels::ConvProblem& problem) const;

  double max_layer_error_;
  Tuner* tuner_;
  const artifact::StepT* SiblingOf(std::string_view step) const;
  std::unordered_map<std::string_view, const artifact::StepT*> siblings_;  // by name
};

}  // namespace sinew::plan
