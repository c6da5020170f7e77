// The matrix product, tile by tile.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/gemm/gemm.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/gemm/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// `columns` of the problem's columns from `first_column` on. Prefetches `depth` cache lines from `next` on.
template <int kRows, int kVectors>
struct MultiplyTile {
  static void Run(const GemmProblem& p, const GemmArgs& g, const float* HWY_RESTRICT a, int first_column, int columns,
                  float* HWY_RESTRICT out, const float* next) {
    const size_t panel_floats = static_cast<size_t>(p.depth) * kChannelBlock;
    FloatVec sums[kRows][kVectors];
    StartTile(g.bias == nullptr ? nullptr : g.bias + first_column, sums);
    Accumulate(p.depth, a, g.a_stride, g.packed + panel_floats * static_cast<size_t>(first_column / kChannelBlock),
               panel_floats, next, sums);
    FinishTile(p.activation, sums, columns, out, g.out_stride);
  }
};
inline constexpr auto kTiles = AllTiles<MultiplyTile, kTileRows, kTileVectors>();

void Multiply(const GemmProblem& p, const GemmArgs& g) {
  const size_t lines_a_tile = static_cast<size_t>(p.depth) * kCacheLineFloats;
  const size_t panel_floats = static_cast<size_t>(p.depth) * kChannelBlock;
  size_t prefetched = 0;  // floats of g.next
  for (int k = 0; k < p.columns; k += kTileColumns) {
    const int columns = std::min(kTileColumns, p.columns - k);
    const size_t vectors = static_cast<size_t>((columns + kLanes - 1) / kLanes);
    const float* next_panel = g.packed + panel_floats * static_cast<size_t>(k / kChannelBlock + kTileBlocks);
    for (int row = 0; row < p.rows; row += kTileRows) {
      const size_t rows = static_cast<size_t>(std::min(kTileRows, p.rows - row));
      const float* next = next_panel;
      if (prefetched < g.next_floats) {
        next = g.next + prefetched;
        prefetched += lines_a_tile;
      } else if (row < kTileBlocks * kTileRows) {
        next_panel += panel_floats;
      }
      kTiles[rows - 1][vectors - 1](p, g, g.a + static_cast<size_t>(row) * g.a_stride, k, columns,
                                    g.out + static_cast<size_t>(row) * g.out_stride + k, next);
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
