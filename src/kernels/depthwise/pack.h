// The packed layout of depthwise weights: [R*S][C rounded up to kChannelBlock], zeros beyond the last channel.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/depthwise/depthwise.h"

namespace sinew::kernels {

// Sizes whose products the kernels take as int.
inline bool IsSane(const DepthwiseProblem& p) {
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= std::numeric_limits<int>::max() / 2; };
  return fits(p.kernel_h, p.kernel_w) && fits(p.in_h, p.in_w) && fits(p.out_h, p.out_w) && fits(p.out_h, p.stride_h) &&
         fits(p.out_w, p.stride_w) && fits(p.kernel_h, p.dilation_h) && fits(p.kernel_w, p.dilation_w) && fits(p.channels, 1);
}

inline size_t PackedDepthwiseFloats(const DepthwiseProblem& p) {
  return static_cast<size_t>(p.kernel_h * p.kernel_w) * static_cast<size_t>(RoundUpToChannelBlock(p.channels));
}

inline void PackDepthwise(const DepthwiseProblem& p, const float* weights, float* packed) {
  const int padding = RoundUpToChannelBlock(p.channels) - p.channels;
  for (int tap = 0; tap < p.kernel_h * p.kernel_w; ++tap, weights += p.channels) {
    packed = std::copy_n(weights, p.channels, packed);
    packed = std::fill_n(packed, padding, 0.0f);
  }
}

}  // namespace sinew::kernels
