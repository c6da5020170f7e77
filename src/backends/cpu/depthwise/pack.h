// The packed layout of depthwise weights: [C/16][R*S][16], panels as those of a matrix product whose depth are the
// taps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/gemm/gemm.h"

namespace sinew::cpu {

// Sizes whose products the kernels take as int.
inline bool FitsInt32Indexing(const DepthwiseProblem& p) {
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= std::numeric_limits<int>::max() / 2; };
  return fits(p.kernel_h, p.kernel_w) && fits(p.in_h, p.in_w) && fits(p.out_h, p.out_w) && fits(p.out_h, p.stride_h) &&
         fits(p.out_w, p.stride_w) && fits(p.kernel_h, p.dilation_h) && fits(p.kernel_w, p.dilation_w) &&
         fits(p.channels, 1);
}

inline size_t PackedDepthwiseFloats(const DepthwiseProblem& p) {
  return PackedFloats(p.kernel_h * p.kernel_w, p.channels);
}

inline void PackDepthwise(const DepthwiseProblem& p, const float* weights, float* packed) {
  PackPanels(p.kernel_h * p.kernel_w, p.channels, weights, packed);
}

}  // namespace sinew::cpu
