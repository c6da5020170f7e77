// How the output of a separable convolution is cut into tasks: patches of one strip's height.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/cost.h"
#include "backends/cpu/depthwise/pack.h"
#include "backends/cpu/depthwise/strip.h"
#include "backends/cpu/gemm/gemm.h"
#include "backends/cpu/separable/separable.h"

namespace sinew::cpu {

// Output pixels from (y, x) on.
struct Patch {
  int y, x, height, width;
};

struct PatchTiling {
  int out_h, out_w;
  int patches_x, patches_y;
  int width;  // of a patch; the last in a row may be narrower

  // Two workers cannot share an odd number of patches equally: the middle one is cut in two.
  bool CutsMiddle() const { return patches_x == 1 && patches_y % 2 == 1 && patches_y > 1 && width > 1; }

  size_t Tasks() const {
    return static_cast<size_t>(patches_x) * static_cast<size_t>(patches_y) + (CutsMiddle() ? 1 : 0);
  }
  // Tasks walk down, so that a patch finds the input rows which it shares with the one above in L2.
  Patch At(size_t task) const {
    const int i = static_cast<int>(task);
    if (!CutsMiddle()) return PatchFor(i / patches_y, i % patches_y);
    const int middle = patches_y / 2;
    Patch patch = PatchFor(0, i <= middle ? i : i - 1);
    // Whole tiles of four pixels in the first part.
    const int cut = width < 8 ? width / 2 : (width / 2 + 3) / 4 * 4;
    if (i == middle) patch.width = cut;
    if (i == middle + 1) patch.x = cut, patch.width = width - cut;
    return patch;
  }
  // Of a patch, at most.
  size_t Pixels() const { return static_cast<size_t>(kStripHeight) * static_cast<size_t>(width); }

 private:
  Patch PatchFor(int column, int row) const {
    const int x = column * width, y = row * kStripHeight;
    return {y, x, std::min(kStripHeight, out_h - y), std::min(width, out_w - x)};
  }
};

// A patch should stay in L2 (1 MB, 512 KB on the smallest machine that matters) beside the inputs it is made of, twice
// its size, and the weights that stream by: 192 KB, and a third of that where it is not whole rows. Narrower ones are
// all equal and whole tiles (4 pixels) wide; fewer than 12 pixels would read the weights too often.
inline PatchTiling MakePatchTiling(const DepthwiseProblem& p, size_t bytes_a_channel = sizeof(float)) {
  const int out_w = p.out_w;
  const size_t pixel_bytes = bytes_a_channel * static_cast<size_t>(std::max(p.channels, 1));
  const int most = static_cast<int>(std::min<size_t>(192 * 1024 / kStripHeight / pixel_bytes, 1 << 16));
  const int wanted = out_w <= most ? out_w : std::max(most / 3, 12);
  const int patches = (out_w + wanted - 1) / wanted;
  const int width = patches == 1 ? out_w : ((out_w + patches - 1) / patches + 3) / 4 * 4;
  return {p.out_h, out_w, (out_w + width - 1) / width, (p.out_h + kStripHeight - 1) / kStripHeight, width};
}

// What the patch after `task` reads and the one above it does not: two runs of `floats` floats, the second `lower`
// floats behind the first. In patches of whole rows they follow each other. A worker's next range of tasks mostly
// begins where this one ends, so that it does not matter where that is.
struct NewInputs {
  const float* data;
  size_t floats, lower;
};
inline NewInputs NextInputs(const DepthwiseProblem& d, const PatchTiling& tiling, size_t task, const ConstView& in) {
  if (task + 1 >= tiling.Tasks()) return {in.data, 0, 0};
  const Patch patch = tiling.At(task + 1);
  const int shared_rows = (d.kernel_h - 1) * d.dilation_h + 1 - d.stride_h;
  const int row = std::clamp(patch.y * d.stride_h - d.pad_top + shared_rows, 0, d.in_h - 1);
  const int column = std::clamp(patch.x * d.stride_w - d.pad_left, 0, d.in_w - 1);
  const int columns = std::min((patch.width - 1) * d.stride_w + (d.kernel_w - 1) * d.dilation_w + 1, d.in_w - column);
  const size_t lower = static_cast<size_t>(d.stride_h * d.in_w) * in.pixel_stride;
  return {in.data + static_cast<size_t>(row * d.in_w + column) * in.pixel_stride,
          patch.width == d.out_w ? lower : static_cast<size_t>(columns) * in.pixel_stride, lower};
}

// The pointwise half for `rows` pixels.
inline GemmProblem PointwiseProduct(const SeparableProblem& p, int rows) {
  return {.rows = rows, .depth = p.depthwise.channels, .columns = p.out_k, .activation = p.activation};
}
// For output pixels from `pixel` on, whose depthwise results are at `a`, whole blocks of channels apart.
inline GemmArgs PointwiseArgs(const SeparableProblem& p, const SeparableArgs& args, const float* a, size_t pixel) {
  return {.a = a,
          .a_stride = static_cast<size_t>(RoundUpToChannelBlock(p.depthwise.channels)),
          .packed = args.packed + PackedDepthwiseFloats(p.depthwise),
          .bias = args.pointwise_bias,
          .out = args.output.data + pixel * args.output.pixel_stride,
          .out_stride = args.output.pixel_stride};
}

// Every patch reads all weights.
inline double PatchWeightCost(const SeparableProblem& p, size_t packed_floats) {
  return WeightCost(packed_floats) + WeightRereadCost(packed_floats, MakePatchTiling(p.depthwise).Tasks());
}

}  // namespace sinew::cpu
