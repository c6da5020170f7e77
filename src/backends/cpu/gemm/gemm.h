// Matrix product with packed weights: what all convolutions come down to.
//   out[p,k] = act(bias[k] + sum_c a[p,c] * w[c,k])      p < rows, c < depth, k < columns
// The packed layout is [K/16][C][16] (kChannelBlock): one block of output channels is a panel, read from front to back.
#pragma once

#include <cstddef>

#include "backends/cpu/activation.h"
#include "backends/cpu/channel_block.h"

namespace sinew::cpu {

struct GemmProblem {
  int rows, depth, columns;
  Activation activation;
};

struct GemmArgs {
  const float* a;  // rows x depth
  size_t a_stride;
  const float* packed;  // PackedFloats(depth, columns), 64-byte aligned
  const float* bias;    // RoundUpToChannelBlock(columns) floats; null for zeros
  float* out;           // rows x columns
  size_t out_stride;
  // What the caller reads next, such as the `a` of its next product: prefetched on the way. It need not be mapped.
  const float* next = nullptr;
  size_t next_floats = 0;
};

inline size_t PackedFloats(int depth, int columns) {
  return static_cast<size_t>(depth) * static_cast<size_t>(RoundUpToChannelBlock(columns));
}

// `weights` is depth x columns, row after row; columns beyond the last are zeros.
inline void PackPanels(int depth, int columns, const float* weights, float* packed) {
  for (int first = 0; first < columns; first += kChannelBlock) {
    for (int c = 0; c < depth; ++c) {
      for (int k = first; k < first + kChannelBlock; ++k) {
        *packed++ = k < columns
                        ? weights[static_cast<size_t>(c) * static_cast<size_t>(columns) + static_cast<size_t>(k)]
                        : 0.0f;
      }
    }
  }
}

}  // namespace sinew::cpu
