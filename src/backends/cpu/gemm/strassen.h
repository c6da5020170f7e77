// Matrix product with packed weights by Strassen's algorithm: what gemm.h states, with an eighth fewer multiplications
// per level.
//
// Rows, depth and columns are halved; of the eight products of quarters seven suffice, here in the form that Winograd
// gave them, with the sums of weights made when packing:
//   s1 = a21 + a22   s2 = s1 - a11   s3 = a11 - a21   s4 = a12 - s2
//   t1 = w12 - w11   t2 = w22 - t1   t3 = w22 - w12   t4 = w21 - t2
//   x = a11 w11            out11 = x + a12 w21
//   y = x + s2 t2    z = y + s3 t3    out21 = z + a22 t4
//   m = s1 t1        out22 = z + m    out12 = y + m + s4 w22
// Each product of quarters may be taken apart once more. The depth is halved to whole blocks of channels; the second
// half may be shorter, and counts as if zeros followed. Where the number of rows is odd, both halves hold the one in
// the middle. Errors grow with the largest of the sums, not with each of them: relative to the whole result they stay
// at the level of rounding.
//   Sources: Strassen, "Gaussian Elimination is not Optimal", Numerische Mathematik 13, 1969; Huss-Lederman et al.,
//   "Implementation of Strassen's Algorithm for Matrix Multiplication", Supercomputing 1996 (Winograd's form);
//   Higham, "Accuracy and Stability of Numerical Algorithms", 23.2.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/gemm/gemm.h"

namespace sinew::cpu {

// Columns of both halves of the depth.
struct DepthHalves {
  int first, second;
};
inline DepthHalves SplitDepth(int depth) {
  const int first = RoundUpToChannelBlock((depth + 1) / 2);
  return {first, depth - first};
}

// Whether a product can be taken apart `levels` times.
inline bool SupportsStrassen(int levels, int depth, int columns) {
  if (levels == 0) return true;
  const DepthHalves halves = SplitDepth(depth);
  return halves.second > 0 && columns % (2 * kChannelBlock) == 0 &&
         SupportsStrassen(levels - 1, halves.first, columns / 2) &&
         SupportsStrassen(levels - 1, halves.second, columns / 2);
}

// The weights of the seven products, in the order of the formulas above: those of the last level as panels side by
// side, [K/2/16][product][depth][16], those of levels before one after another.
size_t PackedStrassenFloats(int levels, int depth, int columns);
void PackStrassen(int levels, int depth, int columns, const float* weights, float* packed);

struct StrassenProblem {
  GemmProblem product;
  int levels;  // 1 or 2
};

struct StrassenArgs {
  GemmArgs product;  // packed by PackStrassen
  // Floats from the first row of out's upper half, rows / 2 rounded up, to the first of its lower half.
  size_t out_lower;
  size_t next_lower;  // floats from product.next to another product.next_floats that are read next
  float* scratch;     // StrassenScratchFloats, 64-byte aligned
};

inline size_t StrassenScratchFloats(int levels, int rows, int depth, int columns) {
  if (levels == 0) return 0;
  const int half = (rows + 1) / 2, first = SplitDepth(depth).first;
  const size_t sums = 4 * static_cast<size_t>(half) * static_cast<size_t>(first);
  const size_t parts = levels == 1 ? 0 : 3 * static_cast<size_t>(half) * static_cast<size_t>(columns / 2);
  return sums + parts + StrassenScratchFloats(levels - 1, half, first, columns / 2);
}

// Relative RMS error beyond that of the plain product; conv_error_test.cc measures it.
constexpr double StrassenError(int levels) { return 4e-7 * levels; }

double StrassenMultiplyAdds(int levels, double rows, int depth, int columns);

// See backends/cpu/cost.h. The sums of rows cost more for each float of them where they are read from and written to an
// outer cache than where they are made of what is in registers.
inline constexpr double kSumsThroughCache = 4.0, kSumsInRegisters = 1.0;
double StrassenCost(int levels, double rows, int depth, int columns, double cost_of_sums);

}  // namespace sinew::cpu
