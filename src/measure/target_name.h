// What a measured network was compiled for, as documents name it.
#pragma once

#include <string>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::measure {

// "avx512", or the instruction set that is forced; where the model was compiled for a precision by name, with that:
// "avx512_bf16-int8". Of a GPU what it computes in: "cuda-fp16". kUnsupported for a forced
// instruction set that this processor lacks, or for what GPUs do not compute in.
Result<std::string> TargetName(const Model& model, const SessionOptions& session);

}  // namespace sinew::measure
