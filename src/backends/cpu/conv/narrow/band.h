// How a convolution of stride 1 is cut into bands of output rows, each with its part of the input in scratch.
#pragma once

#include <algorithm>

#include "backends/cpu/conv/algorithm.h"
#include "backends/cpu/gemm/narrow/narrow.h"

namespace sinew::cpu {

struct BandTiling {
  int out_h, height;   // of a band; the last may be lower
  int rows, pitch;     // of the input with its border, in pixels
  size_t pixel_bytes;  // of one plane
  size_t plane_bytes;  // all pixels of a band, and those behind them that whole tiles read
  int planes;

  size_t Tasks() const { return static_cast<size_t>((out_h + height - 1) / height); }
  size_t Bytes() const { return plane_bytes * static_cast<size_t>(planes); }
};

// The input of a band should stay in L2 (1 MB, and 2 MB where there are tiles) beside the weights that stream by: half
// a megabyte, where rows are not so long that less than one would be left. In bands lower than the window, the rows of
// the border would be converted more than twice: that costs little beside many taps. Eight bands or more keep two
// workers equally busy.
inline BandTiling MakeBandTiling(const ConvProblem& p, DataType type) {
  constexpr size_t kBandBytes = 512 * 1024;
  constexpr int kTasks = 8;
  const int reach_h = (p.kernel_h - 1) * p.dilation_h, reach_w = (p.kernel_w - 1) * p.dilation_w;
  BandTiling t = {};
  t.out_h = p.out_h;
  t.planes = NarrowPlanes(type);
  t.pitch = p.out_w + reach_w;
  t.pixel_bytes = NarrowRowBytes(type, p.in_c);
  const size_t row_bytes = static_cast<size_t>(t.pitch) * t.pixel_bytes * static_cast<size_t>(t.planes);
  const int fit = static_cast<int>(std::min<size_t>(kBandBytes / row_bytes, 1 << 16)) - reach_h;
  t.height = std::clamp(std::min(fit, (p.out_h + kTasks - 1) / kTasks), 1, p.out_h);
  t.rows = t.height + reach_h;
  const size_t pixels = static_cast<size_t>(t.rows) * static_cast<size_t>(t.pitch);
  t.plane_bytes = (pixels + static_cast<size_t>(reach_w) + 2 * kTileRowsRead) * t.pixel_bytes;
  return t;
}

}  // namespace sinew::cpu
