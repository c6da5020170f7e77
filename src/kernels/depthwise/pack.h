// The packed layout of depthwise weights: [C/16][R*S][16] (kChannelBlock), zeros beyond the last channel.
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
  for (int first = 0; first < p.channels; first += kChannelBlock) {
    for (int tap = 0; tap < p.kernel_h * p.kernel_w; ++tap) {
      for (int c = first; c < first + kChannelBlock; ++c) {
        *packed++ = c < p.channels ? weights[static_cast<size_t>(tap) * static_cast<size_t>(p.channels) + static_cast<size_t>(c)] : 0.0f;
      }
    }
  }
}

}  // namespace sinew::kernels
