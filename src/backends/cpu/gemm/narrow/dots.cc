// Kernels for processors with VDPBF16PS, written in its intrinsics: Highway 1.0 does not know it.
#include "backends/cpu/gemm/narrow/dots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "backends/cpu/gemm/narrow/intrinsics.h"
#include "simd/unroll.h"

namespace sinew::cpu {

void ConvertBf16RowPlain(const float* from, int count, std::byte* to, size_t) {
  const size_t bytes = NarrowRowBytes(DataType::kBF16, count);
  for (int i = 0; i < count; ++i) {
    const uint16_t half = ToBf16(from[i]);
    std::memcpy(to + 2 * i, &half, sizeof(half));
  }
  std::memset(to + 2 * static_cast<size_t>(count), 0, bytes - 2 * static_cast<size_t>(count));
}

void ConvertBf16PairRowPlain(const float* from, int count, std::byte* to, size_t plane_bytes) {
  ConvertBf16RowPlain(from, count, to, 0);
  const size_t bytes = NarrowRowBytes(DataType::kBF16Pair, count);
  for (int i = 0; i < count; ++i) {
    const uint16_t low = ToBf16(from[i] - FromBf16(ToBf16(from[i])));
    std::memcpy(to + plane_bytes + 2 * i, &low, sizeof(low));
  }
  std::memset(to + plane_bytes + 2 * static_cast<size_t>(count), 0, bytes - 2 * static_cast<size_t>(count));
}

#if SINEW_NARROW_KERNELS

namespace {

constexpr int kTileRows = 14, kTilePanels = 2;
constexpr int kRowPointers = (kTileRows + 2) / 3;  // three rows share one

SINEW_ATTR_AVX512_BF16 inline __mmask16 Lanes(int count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : (1u << count) - 1);
}

SINEW_ATTR_AVX512_BF16 inline __m512i Broadcast(const std::byte* word) {
  int value;
  std::memcpy(&value, word, sizeof(value));
  return _mm512_set1_epi32(value);
}

template <int kRows, int kPanels>
SINEW_ATTR_AVX512_BF16 void Bf16Tile(const NarrowProblem& p, const NarrowArgs& g, const std::byte* a, int k,
                                     float* out) {
  const size_t panel_words = NarrowPanelWords(DataType::kBF16, p.taps, p.depth);
  const int words = NarrowWords(DataType::kBF16, p.depth);
  const size_t tap_words = static_cast<size_t>(PaddedWords(DataType::kBF16, p.depth)) * kChannelBlock;
  __m512 sums[kRows][kPanels];
  SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
    const __m512 start = g.bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(g.bias + k + v * kChannelBlock);
    SINEW_UNROLL for (int r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  const uint32_t* panel = g.packed + panel_words * static_cast<size_t>(k / kChannelBlock);
  const size_t stride = g.row_bytes;
  for (int tap = 0; tap < p.taps; ++tap, panel += tap_words) {
    const std::byte* rows[(kRows + 2) / 3];
    SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r) {
      rows[r] = a + g.tap_bytes[tap] + static_cast<size_t>(3 * r) * stride;
    }
    const uint32_t* w = panel;
    for (int i = 0; i < words; ++i, w += kChannelBlock) {
      __m512bh weights[kPanels];
      SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
        weights[v] = (__m512bh)_mm512_load_si512(w + static_cast<size_t>(v) * panel_words);
      }
      SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
        const __m512bh value = (__m512bh)Broadcast(rows[r / 3] + static_cast<size_t>(r % 3) * stride);
        SINEW_UNROLL for (int v = 0; v < kPanels; ++v) { sums[r][v] = _mm512_dpbf16_ps(sums[r][v], value, weights[v]); }
      }
      SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r) rows[r] += 4;
    }
  }
  const __m512 low = _mm512_set1_ps(p.activation == Activation::kNone ? -HUGE_VALF : 0.0f);
  const __m512 high = _mm512_set1_ps(p.activation == Activation::kRelu6 ? 6.0f : HUGE_VALF);
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
      const int first = k + v * kChannelBlock;
      _mm512_mask_storeu_ps(out + static_cast<size_t>(r) * g.out_stride + first, Lanes(p.columns - first),
                            _mm512_min_ps(_mm512_max_ps(sums[r][v], low), high));
    }
  }
}

using TileFunction = void (*)(const NarrowProblem&, const NarrowArgs&, const std::byte*, int, float*);
template <int kPanels, int... kRowsMinus1>
constexpr std::array<TileFunction, sizeof...(kRowsMinus1)> TilesOf(std::integer_sequence<int, kRowsMinus1...>) {
  return {&Bf16Tile<kRowsMinus1 + 1, kPanels>...};
}
constexpr std::array<TileFunction, kTileRows> kTiles[kTilePanels] = {
    TilesOf<1>(std::make_integer_sequence<int, kTileRows>()),
    TilesOf<2>(std::make_integer_sequence<int, kTileRows>()),
};

// The floats from `from` on, zeros in the lanes beyond `count`.
SINEW_ATTR_AVX512_BF16 inline __m512 LoadUpTo(const float* from, int count) {
  return count <= 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(Lanes(count), from);
}

SINEW_ATTR_AVX512_BF16 inline __m512 Widen(__m256i halves) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

}  // namespace

SINEW_ATTR_AVX512_BF16 void ConvertBf16Row(const float* from, int count, std::byte* to, size_t) {
  for (int i = 0; i < count; i += 32, to += kTileRowBytes) {
    const __m512bh halves = _mm512_cvtne2ps_pbh(LoadUpTo(from + i + 16, count - i - 16), LoadUpTo(from + i, count - i));
    _mm512_storeu_si512(to, (__m512i)halves);
  }
}

SINEW_ATTR_AVX512_BF16 void ConvertBf16PairRow(const float* from, int count, std::byte* to, size_t plane_bytes) {
  for (int i = 0; i < count; i += 32, to += kTileRowBytes) {
    const __m512 a = LoadUpTo(from + i, count - i), b = LoadUpTo(from + i + 16, count - i - 16);
    const __m512i high = (__m512i)_mm512_cvtne2ps_pbh(b, a);
    const __m512 a_low = _mm512_sub_ps(a, Widen(_mm512_castsi512_si256(high)));
    const __m512 b_low = _mm512_sub_ps(b, Widen(_mm512_extracti64x4_epi64(high, 1)));
    _mm512_storeu_si512(to, high);
    _mm512_storeu_si512(to + plane_bytes, (__m512i)_mm512_cvtne2ps_pbh(b_low, a_low));
  }
}

SINEW_ATTR_AVX512_BF16 void MultiplyBf16Dots(const NarrowProblem& p, const NarrowArgs& g) {
  for (int k = 0; k < p.columns; k += kTilePanels * kChannelBlock) {
    const auto& tiles = kTiles[p.columns - k > kChannelBlock ? 1 : 0];
    for (int row = 0; row < p.rows; row += kTileRows) {
      tiles[static_cast<size_t>(std::min(kTileRows, p.rows - row) - 1)](
          p, g, g.a + static_cast<size_t>(row) * g.row_bytes, k, g.out + static_cast<size_t>(row) * g.out_stride);
    }
  }
}

#endif

}  // namespace sinew::cpu
