// How a picture is cut into tiles, tiles into tasks, and what lies where in a task's scratch.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/aligned_buffer.h"
#include "kernels/channel_block.h"
#include "kernels/conv/conv.h"

namespace sinew::kernels {

inline constexpr size_t kPointGap = kCacheLineBytes / sizeof(float);

// Tiles of m x m outputs; each needs n x n inputs (n = m + r - 1) and n x n multiplications a channel pair.
struct WinogradTiling {
  int tiles_x, tiles_y;
  int block;              // tiles a task; the last may have fewer
  size_t c_stride;        // floats from one tile's transformed inputs to the next: whole blocks of channels
  size_t k_stride;        // the same for products
  int points;             // n * n

  int tiles() const { return tiles_x * tiles_y; }
  size_t Tasks() const { return static_cast<size_t>((tiles() + block - 1) / block); }
  int First(size_t task) const { return static_cast<int>(task) * block; }
  int Count(size_t task) const { return std::min(block, tiles() - First(task)); }
  // Transformed inputs [point][tile][channel], then products [point][tile][channel], then a pixel of zeros.
  // A transform touches the same tile and channels of all points one after another. Points a multiple of the page apart
  // would all compete for one set of the cache: a cache line between them spreads them over the sets.
  size_t InputPointFloats() const { return static_cast<size_t>(block) * c_stride + kPointGap; }
  size_t ProductPointFloats() const { return static_cast<size_t>(block) * k_stride + kPointGap; }
  size_t InputFloats() const { return static_cast<size_t>(points) * InputPointFloats(); }
  size_t ProductFloats() const { return static_cast<size_t>(points) * ProductPointFloats(); }
  size_t ScratchFloats() const { return InputFloats() + ProductFloats() + c_stride; }
};

// A task reads all transformed weights, so that more tiles a task mean less traffic, as long as its scratch fits the
// caches. 28 tiles are two rows of register tiles and a little: few enough for the L2 cache where it can be (1 MB, the weights small),
// and enough elsewhere, as weights are prefetched.
inline WinogradTiling TilingOf(const ConvProblem& p, int outputs, int tile) {
  WinogradTiling t = {};
  t.tiles_x = (p.out_w + outputs - 1) / outputs;
  t.tiles_y = (p.out_h + outputs - 1) / outputs;
  t.points = tile * tile;
  t.c_stride = static_cast<size_t>(RoundUpToChannelBlock(p.in_c));
  t.k_stride = static_cast<size_t>(RoundUpToChannelBlock(p.out_k));
  constexpr int kBlock = 28;
  // An even number of equal tasks keeps two threads busy to the end.
  int tasks = (t.tiles() + kBlock - 1) / kBlock;
  if (tasks > 1) tasks += tasks % 2;
  t.block = (t.tiles() + tasks - 1) / tasks;
  return t;
}

}  // namespace sinew::kernels
