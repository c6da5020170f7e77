// ONNX models of floats with weights, or all that is computed, in 16 bits.
#pragma once

#include <onnx/onnx.pb.h>

#include <cstdint>

#include "sinew/status.h"

namespace sinew::onnx_export {

// To the nearest fp16, ties to even; infinities beyond its range.
uint16_t ToFp16(float value);
uint16_t ToBf16(float value);

// All constants and all operations in fp16; the input is cast to it, and the outputs from it. kUnsupported names a
// constant beyond its range.
Status ComputeInFp16(onnx::GraphProto* graph);

// The weights of convolutions, and other constants of two dimensions or more, in bf16 with a cast to floats behind
// them.
void StoreInBf16(onnx::GraphProto* graph);

}  // namespace sinew::onnx_export
