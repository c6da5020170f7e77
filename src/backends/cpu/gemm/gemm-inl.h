// The register-blocked matrix product of gemm.h, and what others make their tiles of. Per-target code.
//
// Micro-kernel  A tile of `kTileRows` rows x `kTileVectors` vectors of sums stays in registers while it walks along the
//               depth: a step loads the weights of its columns once and multiplies them by one broadcast value a row.
//                 AVX-512  14 rows x 32 columns: 28 sums + 2 weights + 1 broadcast of 32 registers
//                 AVX2      6 rows x 16 columns: 12 sums + 2 weights + 1 broadcast of 16
//                 NEON      6 rows x 16 columns: 24 sums + 4 weights + 1 broadcast of 32
//                 SSE4      2 rows x 16 columns:  8 sums + 4 weights + 1 broadcast + 1 product of 16
// Blocking      The panel of weights (depth x 16 floats) is reused by all row tiles and stays in L1 while the rows
//               stream from L2: callers hand in as many rows as fit there (see backends/cpu/row_block.h).
// Prefetch      A step of the depth also asks for one cache line of what comes next: the first row tiles for the panels
//               after theirs, which come from memory through 4 KB pages that no hardware prefetcher crosses, the others
//               for GemmArgs::next. Into L2: L1 is full of what is in use.
// Order of sums along the depth, one after another: the result does not depend on how rows are cut into tiles.
//   Source: Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008.

#if defined(SINEW_KERNELS_GEMM_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_GEMM_GEMM_INL_H_
#undef SINEW_KERNELS_GEMM_GEMM_INL_H_
#else
#define SINEW_KERNELS_GEMM_GEMM_INL_H_
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "backends/cpu/gemm/gemm.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3
inline constexpr int kTileRows = 14, kTileBlocks = 2;
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_NEON
inline constexpr int kTileRows = 6, kTileBlocks = 1;
#elif HWY_TARGET == HWY_SSE4
inline constexpr int kTileRows = 2, kTileBlocks = 1;
#else
inline constexpr int kTileRows = 1, kTileBlocks = 1;
#endif
inline constexpr int kTileVectors = kTileBlocks * kVectorsPerBlock;
inline constexpr int kTileColumns = kTileVectors * kLanes;

// sums[r][v] += sum over c < depth of a[r * stride + c] * w[c * kChannelBlock + ...], columns of kVectors vectors whose
// panels are panel_floats apart. Prefetches `depth` cache lines from `next` on, which need not be mapped.
template <int kRows, int kVectors>
HWY_INLINE void Accumulate(int depth, const float* HWY_RESTRICT a, size_t stride, const float* HWY_RESTRICT w,
                           size_t panel_floats, const float* next, FloatVec (&sums)[kRows][kVectors]) {
  const FloatTag d;
  // Three rows share a pointer, so that fourteen need five of the sixteen general registers.
  const float* HWY_RESTRICT rows[(kRows + 2) / 3];
  SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r) rows[r] = a + static_cast<size_t>(3 * r) * stride;
  for (int c = 0; c < depth; ++c, w += kChannelBlock) {
    __builtin_prefetch(next, 0, 2);
    next += kCacheLineFloats;
    FloatVec weights[kVectors];
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
      weights[v] =
          hn::Load(d, w + static_cast<size_t>(v / kVectorsPerBlock) * panel_floats + (v % kVectorsPerBlock) * kLanes);
    }
    SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
      const FloatVec value = hn::Set(d, rows[r / 3][static_cast<size_t>(r % 3) * stride]);
      SINEW_UNROLL for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(value, weights[v], sums[r][v]);
    }
    SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r)++ rows[r];
  }
}

template <int kRows, int kVectors>
HWY_INLINE void StartTile(const float* bias, FloatVec (&sums)[kRows][kVectors]) {
  const FloatTag d;
  SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
    const FloatVec value = bias == nullptr ? hn::Zero(d) : hn::LoadU(d, bias + v * kLanes);
    SINEW_UNROLL for (int r = 0; r < kRows; ++r) sums[r][v] = value;
  }
}

// Activates and stores the first `columns` columns, kVectors = ceil(columns / kLanes).
template <int kRows, int kVectors>
HWY_INLINE void FinishTile(Activation activation, const FloatVec (&sums)[kRows][kVectors], int columns, float* out,
                           size_t stride) {
  const FloatTag d;
  const Clamp clamp = MakeClamp(activation);
  const int partial = columns - (kVectors - 1) * kLanes;  // columns of the last vector
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    float* const to = out + static_cast<size_t>(r) * stride;
    SINEW_UNROLL for (int v = 0; v < kVectors - 1; ++v) hn::StoreU(Apply(clamp, sums[r][v]), d, to + v * kLanes);
    const FloatVec last = Apply(clamp, sums[r][kVectors - 1]);
    if (partial == kLanes) {
      hn::StoreU(last, d, to + (kVectors - 1) * kLanes);
    } else {
      StorePartial(last, to + (kVectors - 1) * kLanes, partial);
    }
  }
}

// Every shape of a tile that edges need: Tile<rows, columns>::Run at [rows - 1][columns - 1].
template <template <int, int> class Tile, int kColumns>
using RowOfTiles = std::array<decltype(&Tile<1, 1>::Run), kColumns>;
template <template <int, int> class Tile, int kRows, int... kColumnsMinus1>
constexpr RowOfTiles<Tile, sizeof...(kColumnsMinus1)> TilesOfRows(std::integer_sequence<int, kColumnsMinus1...>) {
  return {&Tile<kRows, kColumnsMinus1 + 1>::Run...};
}
template <template <int, int> class Tile, int kColumns, int... kRowsMinus1>
constexpr std::array<RowOfTiles<Tile, kColumns>, sizeof...(kRowsMinus1)> TileCount(
    std::integer_sequence<int, kRowsMinus1...>) {
  return {TilesOfRows<Tile, kRowsMinus1 + 1>(std::make_integer_sequence<int, kColumns>())...};
}
template <template <int, int> class Tile, int kRows, int kColumns>
constexpr auto AllTiles() {
  return TileCount<Tile, kColumns>(std::make_integer_sequence<int, kRows>());
}

// One product of gemm.h, compiled in gemm.cc.
void Multiply(const GemmProblem& p, const GemmArgs& g);

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
