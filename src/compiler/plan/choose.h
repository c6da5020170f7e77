// Choice among a backend's algorithms for a step.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan_options.h"
#include "program/program_generated.h"

namespace sinew::plan {

class Chooser {
 public:
  // The options' backend, sibling and tuner must outlive the chooser.
  explicit Chooser(const PlanOptions& options);

  // The fastest within the limit of error, as long as it is worth its memory; for the step of a sibling plan, what that
  // one chose, if it fits. Its seconds are measured where there is a tuner, else predicted. kUnsupported where the
  // backend has none.
  Result<backends::Algorithm> Choose(const program::StepT& step) const;
  // Whether there is one at all.
  bool CanRun(const program::StepT& step) const { return !Candidates(step).empty(); }
  // Whether two convolutions take no longer in one step than in two; a sibling plan decides for both.
  bool IsPairFaster(const program::StepT& pair, const program::StepT& first, const program::StepT& second) const;
  // Whether a convolution and the max pooling of its result take no longer in one step than in two; a sibling plan
  // decides for both.
  bool ShouldFusePool(const program::StepT& pooled, const program::StepT& conv) const;

 private:
  // Within the limit of error.
  std::vector<backends::Algorithm> Candidates(const program::StepT& step) const;
  // Leaves out candidates that others beat beyond doubt.
  void DropBeaten(std::vector<backends::Algorithm>* candidates) const;
  // One of the candidates by time, memory and error.
  std::optional<backends::Algorithm> Best(const program::StepT& step) const;
  const program::StepT* FindSibling(std::string_view step) const;

  const backends::Backend& backend_;
  std::string_view target_;
  DataTypes types_;
  double max_layer_error_;
  const LayerLimits* layer_limits_;
  const ErrorBudget* budget_;
  bool small_weights_;
  Tuner* tuner_;
  std::unordered_map<std::string_view, const program::StepT*> siblings_;  // by name
};

}  // namespace sinew::plan
