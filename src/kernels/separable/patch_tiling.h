// How the output of a separable convolution is cut into tasks: patches of one strip's height.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/cost.h"
#include "kernels/depthwise/strip.h"
#include "kernels/separable/separable.h"

namespace sinew::kernels {

struct PatchTiling {
  int patches_x, patches_y;
  int width;  // of a patch; the last in a row may be narrower

  size_t Tasks() const { return static_cast<size_t>(patches_x) * static_cast<size_t>(patches_y); }
  // Tasks walk down, so that a patch finds the input rows which it shares with the one above in L2.
  int X(size_t task) const { return static_cast<int>(task / static_cast<size_t>(patches_y)) * width; }
  int Y(size_t task) const { return static_cast<int>(task % static_cast<size_t>(patches_y)) * kStripHeight; }
  // Of a patch.
  size_t Pixels() const { return static_cast<size_t>(kStripHeight) * static_cast<size_t>(width); }
};

// A patch should stay in L2 (1 MB, 512 KB on the smallest machine that matters) beside the inputs it is made of, twice its
// size, and the weights that stream by: 192 KB, and a third of that where it is not whole rows. Narrower ones are all
// equal and whole tiles (4 pixels) wide; fewer than 12 pixels would read the weights too often.
inline PatchTiling PatchTilingOf(const DepthwiseProblem& p) {
  constexpr int kPatchFloats = 192 * 1024 / 4;
  const int out_w = p.out_w;
  const int most = kPatchFloats / kStripHeight / std::max(p.channels, 1);
  const int wanted = out_w <= most ? out_w : std::max(most / 3, 12);
  const int patches = (out_w + wanted - 1) / wanted;
  const int width = patches == 1 ? out_w : ((out_w + patches - 1) / patches + 3) / 4 * 4;
  return {(out_w + width - 1) / width, (p.out_h + kStripHeight - 1) / kStripHeight, width};
}

// What patch `task` reads and the one above it does not. Of patches of whole rows, all that; of narrower ones the part of
// each row is apart, and this is the first.
struct NewInputs {
  const float* data;
  size_t floats;
};
inline NewInputs NewInputsOf(const DepthwiseProblem& d, const PatchTiling& tiling, const ConstView& in, size_t task) {
  const int shared_rows = (d.kernel_h - 1) * d.dilation_h + 1 - d.stride_h;
  const int row = std::clamp(tiling.Y(task) * d.stride_h - d.pad_top + shared_rows, 0, d.in_h - 1);
  const int column = std::clamp(tiling.X(task) * d.stride_w - d.pad_left, 0, d.in_w - 1);
  const int rows = tiling.patches_x == 1 ? kStripHeight * d.stride_h : 1;
  const int columns = std::min((tiling.width - 1) * d.stride_w + (d.kernel_w - 1) * d.dilation_w + 1, d.in_w - column);
  return {in.data + static_cast<size_t>(row * d.in_w + column) * in.pixel_stride,
          static_cast<size_t>((rows - 1) * d.in_w + columns) * in.pixel_stride};
}

// Every patch reads all weights.
inline double PatchWeightCost(const SeparableProblem& p, size_t packed_floats) {
  return WeightCost(packed_floats) + WeightRereadCost(packed_floats, PatchTilingOf(p.depthwise).Tasks());
}

}  // namespace sinew::kernels
