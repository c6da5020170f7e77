// Where an output row or column of a bilinear resize lies in the input: see kernels::ResizeProblem for the three
// conventions.
#pragma once

#include <algorithm>
#include <cmath>

namespace sinew::cpu {

struct SourcePosition {
  int lower, upper;  // between which rows or columns
  float fraction;    // of the way from lower to upper
};

inline SourcePosition FindSourcePosition(int i, int in, int out, bool align_corners, bool half_pixel_centers) {
  double position;
  if (align_corners && out > 1) {
    position = static_cast<double>(i) * (in - 1) / (out - 1);
  } else if (half_pixel_centers) {
    position = (i + 0.5) * in / out - 0.5;
  } else {
    position = static_cast<double>(i) * in / out;
  }
  const double floor = std::floor(position);
  const int lower = static_cast<int>(floor);
  return {std::clamp(lower, 0, in - 1), std::clamp(lower + 1, 0, in - 1), static_cast<float>(position - floor)};
}

}  // namespace sinew::cpu
