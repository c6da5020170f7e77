// What products of narrow types cost and err, for predictions: in the units of backends/cpu/cost.h.
#pragma once

#include "backends/cpu/cost.h"
#include "backends/cpu/gemm/narrow/narrow.h"
#include "simd/narrow_types.h"
#include "simd/target.h"

namespace sinew::cpu {

// Multiply-adds of a narrow type that take as long as one of f32:
//   avx512_bf16  VDPBF16PS does two in a lane: twice FMA's on AMD's processors from Zen 4 on, half of them on Intel's,
//                measured. VPDPBUSD does four, at FMA's rate on either.
//   amx          TDPBF16PS does 15 times AVX-512's FMA, TDPBUSD 30 times; half of that where operands come from L2 and
//                rows are ragged. Pairs take three products, for ten loads instead of four.
inline double NarrowRate(DataType type, simd::Target target) {
  const bool tiles = target == simd::Target::kAmx;
  switch (type) {
    case DataType::kBF16:
      return tiles ? 7.5 : simd::MultipliesBf16Fast() ? 2 : 0.5;
    case DataType::kBF16Pair:
      return tiles ? 3.5 : 0.5;
    case DataType::kI8:
      return tiles ? 15 : 4;
    default:
      return 1;
  }
}

inline double NarrowProductCost(DataType type, double multiply_adds, simd::Target target) {
  return multiply_adds / NarrowRate(type, target);
}

// Floats that are converted as they are read: as much as four multiply-adds each, six for pairs and for I8, which reads
// them twice.
inline double NarrowConversionCost(DataType type, double floats) { return (type == DataType::kBF16 ? 4 : 6) * floats; }

// Relative RMS error that rounding adds to a layer: that of both sides of its products for bf16, of what pairs leave
// out. conv_error_test measures it.
constexpr double NarrowError(DataType type) {
  return type == DataType::kBF16 ? 2.3e-3 : type == DataType::kBF16Pair ? 4.4e-6 : type == DataType::kI8 ? 1e-2 : 0;
}

}  // namespace sinew::cpu
