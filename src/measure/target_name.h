// What a measured network was compiled for, as documents name it.
#pragma once

#include <string>

#include "simd/target.h"
#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::measure {

// The instruction set that a model for processors runs with: its own, or the one that is forced. kInvalidArgument for a
// forced one that this processor lacks.
Result<simd::Target> InstructionSet(const Model& model);

// "avx512", the instruction set; where the model was compiled for a precision by name, with that: "avx512_bf16-int8".
// Of a GPU what it computes in: "cuda-fp16". Errors: those of InstructionSet; kUnsupported for what GPUs do not compute
// in.
Result<std::string> TargetName(const Model& model, const SessionOptions& session);

}  // namespace sinew::measure
