// Vectorised loops of smoothing and peak finding.
#pragma once

#include <cstddef>

#include "simd/target.h"

namespace sinew::pose {

// The loops for one instruction set.
struct SmoothRows {
  // out[i] = sum over k < taps of weights[k] * rows[k * row_stride + i], i < count, a multiple of 16.
  void (*combine_rows)(const float* rows, size_t row_stride, const float* weights, int taps, size_t count, float* out);

  // out[p * phase_stride + c] = sum over k < taps of weights[p * taps + k] * in[c + k], c < cells rounded up to 16.
  // Where all inputs nearby are at most `floor`, -infinity instead. Reads taps + 15 floats past in[cells].
  void (*filter_phases)(const float* in, const float* weights, int phases, int taps, int cells, float floor,
                        size_t phase_stride, float* out);

  // The greatest of `count` values, a multiple of 16 and no NaN.
  float (*row_maximum)(const float* row, size_t count);

  // Positions x = c * phases + p of `row` whose value is above `threshold` and no less than their eight neighbours, in
  // no particular order; returns how many. All three rows hold a value of -infinity before and after each phase's
  // cells.
  size_t (*find_row_peaks)(const float* above, const float* row, const float* below, int phases, int cells,
                           size_t phase_stride, float threshold, int* positions);
};

// `target` must be supported.
SmoothRows SmoothRowsFor(simd::Target target);

}  // namespace sinew::pose
