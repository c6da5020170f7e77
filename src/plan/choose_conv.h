// Choice among the convolution algorithms.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "kernels/conv/conv.h"
#include "plan/plan_options.h"

namespace sinew::plan {

// What a unit of Algorithm::cost takes on one core of a processor with 256-bit FMA: for predictions. Comparing algorithms
// needs no better.
inline constexpr double kSecondsPerCost = 1 / 50e9;

struct ConvChoice {
  const kernels::ConvAlgorithm* algorithm = nullptr;  // null: none takes a window or size like this
  double seconds = 0;                                 // on one thread: measured where there is a tuner, else predicted
};

class ConvChooser {
 public:
  explicit ConvChooser(const PlanOptions& options);

  // The fastest within the limit of error, as long as it is worth its memory; for the step of a sibling plan, what that one chose, if it fits.
  ConvChoice Choose(std::string_view step, const kernels::ConvProblem& problem) const;
  // Whether max pooling in passing takes no longer than as a step of its own.
  bool PoolsInPassing(kernels::ConvProblem problem) const;

 private:
  double Seconds(const kernels::ConvProblem& problem, const kernels::ConvAlgorithm& algorithm) const;
  ConvChoice Best(const kernels::ConvProblem& problem) const;

  double max_layer_error_;
  Tuner* tuner_;
  std::unordered_map<std::string, std::string> sibling_algorithms_;  // by step
};

}  // namespace sinew::plan
