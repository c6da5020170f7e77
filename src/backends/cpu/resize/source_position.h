// Where an output row or column of a resize lies in the input: see kernels::ResizeProblem for the three conventions.
#pragma once

#include <algorithm>
#include <cmath>

#include "program/kernel_problem.h"

namespace sinew::cpu {

struct SourcePosition {
  int lower, upper;  // between which rows or columns
  float fraction;    // of the way from lower to upper
};

inline double SourceCoordinate(int i, int in, int out, bool align_corners, bool half_pixel_centers) {
  if (align_corners && out > 1) return static_cast<double>(i) * (in - 1) / (out - 1);
  return half_pixel_centers ? (i + 0.5) * in / out - 0.5 : static_cast<double>(i) * in / out;
}

inline SourcePosition FindSourcePosition(int i, int in, int out, bool align_corners, bool half_pixel_centers) {
  const double position = SourceCoordinate(i, in, out, align_corners, half_pixel_centers);
  const double floor = std::floor(position);
  const int lower = static_cast<int>(floor);
  return {std::clamp(lower, 0, in - 1), std::clamp(lower + 1, 0, in - 1), static_cast<float>(position - floor)};
}

// The row or column that a resize by the nearest pixel takes.
inline int FindNearest(int i, int in, int out, bool align_corners, bool half_pixel_centers,
                       kernels::Rounding rounding) {
  const double position = SourceCoordinate(i, in, out, align_corners, half_pixel_centers);
  const double floor = std::floor(position), fraction = position - floor;
  bool up = false;
  switch (rounding) {
    case kernels::Rounding::kFloor:
      break;
    case kernels::Rounding::kCeil:
      up = fraction > 0;
      break;
    case kernels::Rounding::kHalfDown:
      up = fraction > 0.5;
      break;
    case kernels::Rounding::kHalfUp:
      up = fraction >= 0.5;
      break;
  }
  return std::clamp(static_cast<int>(floor) + (up ? 1 : 0), 0, in - 1);
}

}  // namespace sinew::cpu
