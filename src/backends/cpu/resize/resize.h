// Bilinear resize of float pictures as TensorFlow's ResizeBilinear does it.
//   source coordinate of output i:  i * in / out                        (neither flag: TensorFlow 1's default)
//                                   i * (in - 1) / (out - 1)            (align_corners, out > 1)
//                                   (i + 0.5) * in / out - 0.5          (half_pixel_centers)
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"

namespace sinew::cpu {

struct ResizeProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  bool align_corners, half_pixel_centers;
};

struct ResizeArgs {
  ConstView input;
  View output;
};

using ResizeAlgorithm = Algorithm<ResizeProblem, ResizeArgs>;
std::span<const ResizeAlgorithm> ResizeAlgorithms();

}  // namespace sinew::cpu
