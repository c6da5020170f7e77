// The products of narrow.h by instructions that multiply words lane by lane: VDPBF16PS and VPDPBUSD.
//
// Micro-kernel  A tile of 14 rows x 2 panels of 16 columns: 28 sums + 2 weights + 1 broadcast of 32 registers, as for
// f32
//               on AVX-512 (gemm/gemm-inl.h). A step of the depth is a word, two multiply-adds in each lane in bf16,
//               four in I8.
// Order of sums along the depth, words one after another; within a word as the processor adds up: the result does not
// depend on how rows are cut into tiles. Denormals are zeros.
#pragma once

#include "backends/cpu/gemm/narrow/narrow.h"

namespace sinew::cpu {

// For processors with simd::Target::kAvx512Bf16. No planes.
void MultiplyBf16Dots(const NarrowProblem& p, const NarrowArgs& g);
void MultiplyI8Dots(const NarrowProblem& p, const NarrowArgs& g);

// Conversions on such processors, and on any; the same bits.
void ConvertBf16Row(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale);
void ConvertBf16PairRow(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale);
void ConvertI8Row(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale scale);
void ConvertBf16RowPlain(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale);
void ConvertBf16PairRowPlain(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale);
void ConvertI8RowPlain(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale scale);

// The least and the largest of `count` floats and of what `range` holds. Any processor's gives the same.
struct FloatRange {
  float low = 0, high = 0;
};
void WidenRange(const float* from, int count, FloatRange* range);
void WidenRangePlain(const float* from, int count, FloatRange* range);

}  // namespace sinew::cpu
