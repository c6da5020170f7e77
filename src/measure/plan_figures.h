// Sizes and arithmetic of a plan and its steps, as profiles and benchmarks report them.
#pragma once

#include <cstdint>
#include <string>

#include "program/program_generated.h"
#include "sinew/model.h"

namespace sinew::measure {

// The model's plan of that resolution, or null. Lives as long as the model.
const program::PlanT* FindPlan(const Model& model, Resolution resolution);

// Multiply-adds that a direct computation of one picture takes.
double DirectMultiplyAdds(const program::PlanT& plan);

struct StepFigures {
  uint64_t input_bytes = 0, output_bytes = 0;  // of the tensors
  std::string input_type, output_type;         // "f32", "bf16": of the first input, and of the output
  uint64_t weight_bytes = 0;                   // packed, transformed ones included
  uint64_t parameters = 0;                     // numbers of the trained network: weights, biases, scales
};
StepFigures MakeStepFigures(const program::StepT& step, const program::Artifact& artifact);

}  // namespace sinew::measure
