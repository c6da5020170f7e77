// A trial run of a plan before it goes into an artifact: its error, and how long its steps take.
#pragma once

#include <span>
#include <vector>

#include "compiler/ir/graph.h"
#include "program/writer.h"
#include "simd/target.h"
#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew {

// A smaller resolution of about the same shape, at which the reference takes seconds at most: the algorithms are the
// same there, and so is the size of their errors.
Resolution TrialResolution(Resolution resolution);

// Relative RMS error over all outputs of `plan`, against double precision on `graph`, which is bound to its resolution.
// `pictures`: one or more, one after another, as the plan takes them; empty: a random one.
Result<double> MeasureError(const ir::Graph& graph, const program::PlanT& plan, const program::BlobPool& weights,
                            simd::Target target, std::span<const float> pictures);

// How much of an error in a step's result arrives at the outputs, both relative RMS: by noise that is added to one
// step's result after another, on the first of `pictures`, or a random one where there is none.
Result<std::vector<double>> MeasureSensitivities(const program::PlanT& plan, const program::BlobPool& weights,
                                                 simd::Target target, std::span<const float> pictures);

// Seconds that each step of `plan` takes on all processors: the best of a few runs.
Result<std::vector<double>> MeasureSteps(const program::PlanT& plan, const program::BlobPool& weights,
                                         simd::Target target, int threads);

}  // namespace sinew
