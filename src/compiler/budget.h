// Setting an error budget: measuring what errors of layers do at the output, and what price makes their sum fit.
#pragma once

#include <span>

#include "compiler/ir/graph.h"
#include "compiler/plan/error_budget.h"
#include "compiler/plan/plan_options.h"
#include "program/writer.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew {

// With the sensitivities of the steps of `plan`, an accurate one of a small resolution; the price is 0. `pictures` as
// in MeasureSensitivities.
Result<plan::ErrorBudget> MeasureBudget(const program::PlanT& plan, const program::BlobPool& weights,
                                        simd::Target target, std::span<const float> pictures);

// Relative RMS error that the algorithm of a planned step adds to its result.
Result<double> AlgorithmError(const backends::Backend& backend, const program::StepT& step, std::string_view target);

// That all of a plan's algorithms together are expected to make at the output.
Result<double> ExpectedError(const backends::Backend& backend, const program::PlanT& plan,
                             const plan::ErrorBudget& budget);

// Sets the least price at which the expected error of a plan of `graph` is within `allowed`. `options` are those of the
// plan, with `budget` as theirs.
Status SetPrice(const ir::Graph& graph, const plan::PlanOptions& options, double allowed, plan::ErrorBudget* budget);

}  // namespace sinew
