// How a picture is cut into tiles, tiles into tasks, and what lies where in a task's scratch.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/channel_block.h"
#include "base/aligned_buffer.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::ConvProblem;

inline constexpr size_t kPointGap = kCacheLineBytes / sizeof(float);

// Tiles of m x m outputs; each needs n x n inputs (n = m + r - 1) and n x n multiplications per pair of channels.
struct WinogradTiling {
  int outputs, tile;  // m, n
  int tiles_x, tiles_y;
  int block;        // tiles per task; the last may have fewer
  size_t c_stride;  // floats from one tile's transformed inputs to the next: whole blocks of channels
  size_t k_stride;  // the same for products

  int tiles() const { return tiles_x * tiles_y; }
  int points() const { return tile * tile; }
  size_t Tasks() const { return static_cast<size_t>((tiles() + block - 1) / block); }
  int First(size_t task) const { return static_cast<int>(task) * block; }
  int Count(size_t task) const { return std::min(block, tiles() - First(task)); }
  // Input columns of a task: tiles in a row share them.
  int Columns() const { return block * outputs + ((block + tiles_x - 2) / tiles_x + 1) * (tile - outputs); }
  // The scratch, see winograd-inl.h:
  //   columns    [row of points][input column][channel]
  //   inputs     [point of the row][tile][channel]
  //   products   [point of the row][tile][channel]
  //   halves     [row of points][tile][output column][channel]
  //   zeros      [channel], a pixel outside the picture
  // A transform touches the same tile and channels of all points one after another. Points a multiple of the page apart
  // would all compete for one set of the cache: a cache line between them spreads them over the sets.
  size_t ColumnRowFloats() const { return static_cast<size_t>(Columns()) * c_stride + kPointGap; }
  size_t InputPointFloats() const { return static_cast<size_t>(block) * c_stride + kPointGap; }
  size_t ProductPointFloats() const { return static_cast<size_t>(block) * k_stride + kPointGap; }
  size_t HalfRowFloats() const { return static_cast<size_t>(block * outputs) * k_stride + kPointGap; }
  size_t ColumnFloats() const { return static_cast<size_t>(tile) * ColumnRowFloats(); }
  size_t InputFloats() const { return static_cast<size_t>(tile) * InputPointFloats(); }
  size_t ProductFloats() const { return static_cast<size_t>(tile) * ProductPointFloats(); }
  size_t HalfFloats() const { return static_cast<size_t>(tile) * HalfRowFloats(); }
  size_t ScratchFloats() const { return ColumnFloats() + InputFloats() + ProductFloats() + HalfFloats() + c_stride; }
};

// A task reads all transformed weights, so that more tiles per task mean less traffic, as long as what of its scratch
// is in use at a time fits L2. 28 tiles are the rows of two register tiles of AVX-512. Where the weights come from
// memory, and not from the outer cache, twice as many. Products of narrow types are so fast that weights always decide,
// and their tiles have 32 rows: see kNarrowTiles.
inline constexpr int kNarrowTiles = 64;
inline WinogradTiling MakeTiling(const ConvProblem& p, int outputs, int tile, int most_tiles = 0) {
  WinogradTiling t = {};
  t.tiles_x = (p.out_w + outputs - 1) / outputs;
  t.tiles_y = (p.out_h + outputs - 1) / outputs;
  t.outputs = outputs;
  t.tile = tile;
  t.c_stride = static_cast<size_t>(RoundUpToChannelBlock(p.in_c));
  t.k_stride = static_cast<size_t>(RoundUpToChannelBlock(p.out_k));
  constexpr size_t kCachedFloats = size_t{4} << 20;
  const size_t weights = static_cast<size_t>(t.points()) * static_cast<size_t>(p.in_c) * t.k_stride;
  const int most = most_tiles > 0 ? most_tiles : weights > kCachedFloats ? 56 : 28;
  // An even number of equal tasks keeps two threads busy to the end.
  int tasks = (t.tiles() + most - 1) / most;
  if (tasks > 1) tasks += tasks % 2;
  t.block = (t.tiles() + tasks - 1) / tasks;
  return t;
}

}  // namespace sinew::cpu
