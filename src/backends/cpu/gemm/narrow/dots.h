// The products of narrow.h by instructions that multiply words lane by lane: VDPBF16PS.
//
// Micro-kernel  A tile of 14 rows x 2 panels of 16 columns: 28 sums + 2 weights + 1 broadcast of 32 registers, as for
// f32
//               on AVX-512 (gemm/gemm-inl.h). A step of the depth is a word, two multiply-adds in each lane.
// Order of sums along the depth, words one after another; within a word as the processor adds up: the result does not
// depend on how rows are cut into tiles. Denormals are zeros.
#pragma once

#include "backends/cpu/gemm/narrow/narrow.h"

namespace sinew::cpu {

// For processors with simd::Target::kAvx512Bf16. No planes.
void MultiplyBf16Dots(const NarrowProblem& p, const NarrowArgs& g);

// Conversions on such processors, and on any with AVX2; the same bits.
void ConvertBf16Row(const float* from, int count, std::byte* to, size_t plane_bytes);
void ConvertBf16PairRow(const float* from, int count, std::byte* to, size_t plane_bytes);
void ConvertBf16RowPlain(const float* from, int count, std::byte* to, size_t plane_bytes);
void ConvertBf16PairRowPlain(const float* from, int count, std::byte* to, size_t plane_bytes);

}  // namespace sinew::cpu
