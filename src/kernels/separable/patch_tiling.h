// How the output of a separable convolution is cut into tasks: patches of one strip's height.
#pragma once

#include <algorithm>
#include <cstddef>

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
  size_t ScratchFloats(const SeparableProblem& p) const {
    return static_cast<size_t>(kStripHeight) * static_cast<size_t>(width) * static_cast<size_t>(RoundUpToChannelBlock(p.depthwise.channels));
  }
};

// A patch should stay in L2 (1 MB, 512 KB on the smallest machine that matters) beside the inputs it is made of, twice its
// size, and the weights that stream by: 192 KB, and a third of that where it is not whole rows. Narrower ones are all
// equal and whole tiles (4 pixels) wide; fewer than 12 pixels would read the weights too often.
inline PatchTiling PatchTilingOf(const SeparableProblem& p) {
  constexpr int kPatchFloats = 192 * 1024 / 4;
  const int out_w = p.depthwise.out_w;
  const int most = kPatchFloats / kStripHeight / std::max(p.depthwise.channels, 1);
  const int wanted = out_w <= most ? out_w : std::max(most / 3, 12);
  const int patches = (out_w + wanted - 1) / wanted;
  const int width = patches == 1 ? out_w : ((out_w + patches - 1) / patches + 3) / 4 * 4;
  return {(out_w + width - 1) / width, (p.depthwise.out_h + kStripHeight - 1) / kStripHeight, width};
}

}  // namespace sinew::kernels
