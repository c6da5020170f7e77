// The products of narrow.h by matrix tiles: one template for the processor's tiles (AMX) and for tiles in software,
// which do the same sums in the same order, bit for bit, so that what runs on AMX is tested where there is none.
//
// Tiles         Eight of 16 rows of 64 bytes. A product adds 16 rows of `a` (16 words each) times a tile of packed
// weights
//               to 16 x 16 sums of 32 bits.
// Micro-kernel  2 x 2 tiles of sums (32 rows x 32 columns), two tiles of `a`, two of weights: four products for four
// loads.
//               With planes, high*high, high*low and low*high: twelve products for ten loads.
// Blocking      The weights of two panels are read by all rows of a call, from L2; callers hand in as many rows as fit
//               there beside them.
// Ragged edges  Products of whole tiles throughout: rows beyond the last are read and dropped.
// Source: Intel Architecture Instruction Set Extensions Programming Reference, chapter 3 (AMX).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/gemm/narrow/amx.h"
#include "backends/cpu/gemm/narrow/narrow.h"

#if SINEW_NARROW_KERNELS

namespace sinew::cpu {

// What `Tiles` are: an object of eight registers that one thread has while it lives, with
//   Zero<t>(), Load<t>(from, stride_bytes), Store<t>(to, stride_bytes), and Multiply<type, c, a, b>(): c += a * b.

template <class Tiles, DataType kType, int kRowTiles, int kPanels>
void AccumulateTiles(Tiles& tiles, const NarrowProblem& p, const NarrowArgs& g, const std::byte* a, int k,
                     float (&sums)[2][2][16][16]) {
  constexpr int kPlanes = NarrowPlanes(kType);
  constexpr size_t kTile = kTileWords * kChannelBlock;  // words of a tile of weights
  const size_t panel_words = NarrowPanelWords(kType, p.taps, p.depth);
  const int chunks = PaddedWords(kType, p.depth) / kTileWords;
  const size_t second_rows = 16 * g.row_bytes;
  const uint32_t* w =
      g.packed + NarrowHeaderWords(kType, p.columns) + panel_words * static_cast<size_t>(k / kChannelBlock);
  // Sums in tiles 0 to 3, `a` in 4 and 5, weights in 6 and 7.
  const auto load_a = [&](const std::byte* from) {
    tiles.template Load<4>(from, g.row_bytes);
    if constexpr (kRowTiles == 2) tiles.template Load<5>(from + second_rows, g.row_bytes);
  };
  const auto load_weights = [&](const uint32_t* from) {
    tiles.template Load<6>(from, kTileRowBytes);
    if constexpr (kPanels == 2) tiles.template Load<7>(from + panel_words, kTileRowBytes);
  };
  const auto multiply = [&] {
    tiles.template Multiply<kType, 0, 4, 6>();
    if constexpr (kPanels == 2) tiles.template Multiply<kType, 1, 4, 7>();
    if constexpr (kRowTiles == 2) tiles.template Multiply<kType, 2, 5, 6>();
    if constexpr (kRowTiles == 2 && kPanels == 2) tiles.template Multiply<kType, 3, 5, 7>();
  };
  tiles.template Zero<0>();
  if constexpr (kPanels == 2) tiles.template Zero<1>();
  if constexpr (kRowTiles == 2) tiles.template Zero<2>();
  if constexpr (kRowTiles == 2 && kPanels == 2) tiles.template Zero<3>();
  for (int tap = 0; tap < p.taps; ++tap) {
    const std::byte* from = a + g.tap_bytes[tap];
    for (int chunk = 0; chunk < chunks; ++chunk, from += kTileRowBytes, w += kPlanes * kTile) {
      load_a(from);
      load_weights(w);
      multiply();
      if constexpr (kPlanes == 2) {
        load_weights(w + kTile);
        multiply();
        load_a(from + g.plane_bytes);
        load_weights(w);
        multiply();
      }
    }
  }
  tiles.template Store<0>(sums[0][0], kTileRowBytes);
  if constexpr (kPanels == 2) tiles.template Store<1>(sums[0][1], kTileRowBytes);
  if constexpr (kRowTiles == 2) tiles.template Store<2>(sums[1][0], kTileRowBytes);
  if constexpr (kRowTiles == 2 && kPanels == 2) tiles.template Store<3>(sums[1][1], kTileRowBytes);
}

// Makes results of the rows [row, row + 16) x columns [k, k + 16) of sums, as far as they exist.
template <DataType kType>
void FinishTiles(const NarrowProblem& p, const NarrowArgs& g, const float (&sums)[16][16], int row, int k) {
  const int rows = std::min(16, p.rows - row);
  for (int r = 0; r < rows; ++r) {
    int to = row + r;
    if (g.pitch > 0) {
      if (to % g.pitch >= g.width) continue;
      to = to / g.pitch * g.width + to % g.pitch;
    }
    const size_t at = static_cast<size_t>(to) * g.out_stride + static_cast<size_t>(k);
    if constexpr (kType == DataType::kI8) {
      StoreI8TileRow(p, g, sums[r], row + r, k, at);
    } else {
      StoreTileRow(p, g, sums[r], k, at);
    }
  }
}

template <class Tiles, DataType kType>
void MultiplyTiles(Tiles& tiles, const NarrowProblem& p, const NarrowArgs& g) {
  alignas(64) float sums[2][2][16][16];
  for (int k = 0; k < p.columns; k += 2 * kChannelBlock) {
    const int panels = p.columns - k > kChannelBlock ? 2 : 1;
    for (int row = 0; row < p.rows; row += 32) {
      const int row_tiles = p.rows - row > 16 ? 2 : 1;
      const std::byte* const a = g.a + static_cast<size_t>(row) * g.row_bytes;
      if (row_tiles == 2 && panels == 2) {
        AccumulateTiles<Tiles, kType, 2, 2>(tiles, p, g, a, k, sums);
      } else if (row_tiles == 2) {
        AccumulateTiles<Tiles, kType, 2, 1>(tiles, p, g, a, k, sums);
      } else if (panels == 2) {
        AccumulateTiles<Tiles, kType, 1, 2>(tiles, p, g, a, k, sums);
      } else {
        AccumulateTiles<Tiles, kType, 1, 1>(tiles, p, g, a, k, sums);
      }
      for (int i = 0; i < row_tiles; ++i) {
        for (int j = 0; j < panels; ++j) FinishTiles<kType>(p, g, sums[i][j], row + 16 * i, k + kChannelBlock * j);
      }
    }
  }
}

}  // namespace sinew::cpu

#endif
