// Sizes and arithmetic of a plan and its steps, as profiles and benchmarks report them.
#pragma once

#include <cstdint>

#include "artifact/schema_generated.h"
#include "sinew/model.h"

namespace sinew::measure {

// The model's plan of that resolution, or null. Lives as long as the model.
const artifact::PlanT* FindPlan(const Model& model, Resolution resolution);

// Multiply-adds that a direct computation of one picture takes.
double DirectMultiplyAdds(const artifact::PlanT& plan);

struct StepFigures {
  uint64_t input_bytes = 0, output_bytes = 0;  // of the tensors
  uint64_t weight_bytes = 0;                   // packed, transformed ones included
  uint64_t parameters = 0;                     // numbers of the trained network: weights, biases, scales
};
StepFigures FiguresOf(const artifact::StepT& step, const artifact::Artifact& artifact);

}  // namespace sinew::measure
