// Vectorised loops of the cubic resize (preprocess.h): along a row, and across four rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/target.h"

namespace sinew::pose {

// The loops for one instruction set.
struct CubicRows {
  // out[i] = float(bytes[i])
  void (*bytes_to_floats)(const uint8_t* bytes, size_t count, float* out);

  // out[3 x + c] = sum over k < 4 of row[3 (first[x] + k) + c] * coefficients[4 x + k], exact: every partial sum is an
  // integer below 2^24. Reads one float past the last tap's pixel and writes one past the last pixel of `out`.
  void (*resize_row)(const float* row, const int* first, const float* coefficients, int width, float* out);

  // out[i] = round(rows[0][i] * w[0] + (rows[1][i] * w[1] + (rows[2][i] * w[2] + rows[3][i] * w[3]))), to nearest even,
  // in 0..255. `count` is a multiple of 8. Every operation rounds by itself; none is fused.
  void (*combine_rows)(const float* const* rows, const float* weights, size_t count, float* out);
};

// `target` must be supported.
CubicRows CubicRowsFor(simd::Target target);

}  // namespace sinew::pose
