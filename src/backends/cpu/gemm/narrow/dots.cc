// Kernels for processors with VDPBF16PS, written in its intrinsics: Highway 1.0 does not know it.
#include "backends/cpu/gemm/narrow/dots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/cpu/gemm/narrow/intrinsics.h"
#include "simd/unroll.h"

namespace sinew::cpu {

void ConvertBf16RowPlain(const float* from, int count, std::byte* to, size_t, RowScale) {
  const size_t bytes = NarrowRowBytes(DataType::kBF16, count);
  for (int i = 0; i < count; ++i) {
    const uint16_t half = ToBf16(from[i]);
    std::memcpy(to + 2 * i, &half, sizeof(half));
  }
  std::memset(to + 2 * static_cast<size_t>(count), 0, bytes - 2 * static_cast<size_t>(count));
}

void ConvertBf16PairRowPlain(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale) {
  ConvertBf16RowPlain(from, count, to, 0, {});
  const size_t bytes = NarrowRowBytes(DataType::kBF16Pair, count);
  for (int i = 0; i < count; ++i) {
    const uint16_t low = ToBf16(from[i] - FromBf16(ToBf16(from[i])));
    std::memcpy(to + plane_bytes + 2 * i, &low, sizeof(low));
  }
  std::memset(to + plane_bytes + 2 * static_cast<size_t>(count), 0, bytes - 2 * static_cast<size_t>(count));
}

// Beyond every step, and within int.
constexpr float kFarSteps = 1e4f;

void ConvertI8RowPlain(const float* from, int count, std::byte* to, size_t, RowScale scale) {
  const float inverse = scale.scale > 0 ? 1 / scale.scale : 0;
  for (int i = 0; i < count; ++i) {
    float steps = from[i] * inverse;
    steps = steps < kFarSteps ? steps : kFarSteps;  // what is not a number is far above
    steps = steps > -kFarSteps ? steps : -kFarSteps;
    const int q = static_cast<int>(std::nearbyint(steps)) + scale.zero;
    to[i] = static_cast<std::byte>(std::clamp(q, 0, 255));
  }
  const size_t count_bytes = static_cast<size_t>(count);
  std::memset(to + count_bytes, 0, NarrowRowBytes(DataType::kI8, count) - count_bytes);
}

void WidenRangePlain(const float* from, int count, FloatRange* range) {
  for (int i = 0; i < count; ++i) {
    range->low = from[i] < range->low ? from[i] : range->low;
    range->high = from[i] > range->high ? from[i] : range->high;
  }
}

#if SINEW_NARROW_KERNELS

namespace {

constexpr int kTileRows = 14, kTilePanels = 2;

SINEW_ATTR_AVX512_BF16 inline __mmask16 Lanes(int count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : (1u << count) - 1);
}

SINEW_ATTR_AVX512_BF16 inline __m512i Broadcast(const std::byte* word) {
  int value;
  std::memcpy(&value, word, sizeof(value));
  return _mm512_set1_epi32(value);
}

// What a word is, and how sums of them become results.
struct Bf16Dot {
  static constexpr DataType kType = DataType::kBF16;
  using Sum = __m512;
  SINEW_ATTR_AVX512_BF16 static Sum Start(const NarrowArgs& g, int k) {
    return g.bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(g.bias + k);
  }
  SINEW_ATTR_AVX512_BF16 static Sum Add(Sum sum, __m512i a, __m512i weights) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)weights);
  }
  SINEW_ATTR_AVX512_BF16 static __m512 Finish(const NarrowProblem&, const NarrowArgs&, Sum sum, int, int) {
    return sum;
  }
};
struct I8Dot {
  static constexpr DataType kType = DataType::kI8;
  using Sum = __m512i;
  SINEW_ATTR_AVX512_BF16 static Sum Start(const NarrowArgs&, int) { return _mm512_setzero_si512(); }
  SINEW_ATTR_AVX512_BF16 static Sum Add(Sum sum, __m512i a, __m512i weights) {
    return _mm512_dpbusd_epi32(sum, a, weights);
  }
  SINEW_ATTR_AVX512_BF16 static __m512 Finish(const NarrowProblem& p, const NarrowArgs& g, Sum sum, int row, int k) {
    const RowScale& scale = g.scales[static_cast<size_t>(row) * g.scale_step];
    const float* const column_scales = reinterpret_cast<const float*>(g.packed) + k;
    const uint32_t* const column_sums = g.packed + RoundUpToChannelBlock(p.columns) + k;
    const __m512i zeros = _mm512_mullo_epi32(_mm512_loadu_si512(column_sums), _mm512_set1_epi32(scale.zero));
    const __m512 product = _mm512_mul_ps(_mm512_set1_ps(scale.scale), _mm512_loadu_ps(column_scales));
    const __m512 bias = g.bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(g.bias + k);
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(sum, zeros)), product, bias);
  }
};

template <class Dot, int kRows, int kPanels>
SINEW_ATTR_AVX512_BF16 void Tile(const NarrowProblem& p, const NarrowArgs& g, int row, int k) {
  const size_t panel_words = NarrowPanelWords(Dot::kType, p.taps, p.depth);
  const int words = NarrowWords(Dot::kType, p.depth);
  const size_t tap_words = static_cast<size_t>(PaddedWords(Dot::kType, p.depth)) * kChannelBlock;
  typename Dot::Sum sums[kRows][kPanels];
  SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
    const typename Dot::Sum start = Dot::Start(g, k + v * kChannelBlock);
    SINEW_UNROLL for (int r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  const uint32_t* panel =
      g.packed + NarrowHeaderWords(Dot::kType, p.columns) + panel_words * static_cast<size_t>(k / kChannelBlock);
  const size_t stride = g.row_bytes;
  const std::byte* const a = g.a + static_cast<size_t>(row) * stride;
  for (int tap = 0; tap < p.taps; ++tap, panel += tap_words) {
    const std::byte* rows[(kRows + 2) / 3];  // three rows share a pointer
    SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r) {
      rows[r] = a + g.tap_bytes[tap] + static_cast<size_t>(3 * r) * stride;
    }
    const uint32_t* w = panel;
    for (int i = 0; i < words; ++i, w += kChannelBlock) {
      __m512i weights[kPanels];
      SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
        weights[v] = _mm512_load_si512(w + static_cast<size_t>(v) * panel_words);
      }
      SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
        const __m512i value = Broadcast(rows[r / 3] + static_cast<size_t>(r % 3) * stride);
        SINEW_UNROLL for (int v = 0; v < kPanels; ++v) sums[r][v] = Dot::Add(sums[r][v], value, weights[v]);
      }
      SINEW_UNROLL for (int r = 0; r < (kRows + 2) / 3; ++r) rows[r] += 4;
    }
  }
  const __m512 low = _mm512_set1_ps(p.activation == Activation::kNone ? -HUGE_VALF : 0.0f);
  const __m512 high = _mm512_set1_ps(p.activation == Activation::kRelu6 ? 6.0f : HUGE_VALF);
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    SINEW_UNROLL for (int v = 0; v < kPanels; ++v) {
      const int first = k + v * kChannelBlock;
      const size_t at = static_cast<size_t>(row + r) * g.out_stride + static_cast<size_t>(first);
      const __m512 sum = Dot::Finish(p, g, sums[r][v], row + r, first);
      const __m512 value = _mm512_min_ps(_mm512_max_ps(sum, low), high);
      if (g.bf16_out != nullptr) {
        _mm256_mask_storeu_epi16(g.bf16_out + at, Lanes(p.columns - first), (__m256i)_mm512_cvtneps_pbh(value));
      } else {
        _mm512_mask_storeu_ps(g.out + at, Lanes(p.columns - first), value);
      }
    }
  }
}

using TileFunction = void (*)(const NarrowProblem&, const NarrowArgs&, int row, int k);
template <class Dot, int kPanels, int... kRowsMinus1>
constexpr std::array<TileFunction, sizeof...(kRowsMinus1)> TilesOf(std::integer_sequence<int, kRowsMinus1...>) {
  return {&Tile<Dot, kRowsMinus1 + 1, kPanels>...};
}
template <class Dot>
constexpr std::array<TileFunction, kTileRows> kTiles[kTilePanels] = {
    TilesOf<Dot, 1>(std::make_integer_sequence<int, kTileRows>()),
    TilesOf<Dot, 2>(std::make_integer_sequence<int, kTileRows>()),
};

template <class Dot>
void MultiplyDots(const NarrowProblem& p, const NarrowArgs& g) {
  for (int k = 0; k < p.columns; k += kTilePanels * kChannelBlock) {
    const auto& tiles = kTiles<Dot>[p.columns - k > kChannelBlock ? 1 : 0];
    for (int row = 0; row < p.rows; row += kTileRows) {
      tiles[static_cast<size_t>(std::min(kTileRows, p.rows - row) - 1)](p, g, row, k);
    }
  }
}
// The floats from `from` on, zeros in the lanes beyond `count`.
SINEW_ATTR_AVX512_BF16 inline __m512 LoadUpTo(const float* from, int count) {
  return count <= 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(Lanes(count), from);
}

SINEW_ATTR_AVX512_BF16 inline __m512 Widen(__m256i halves) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

}  // namespace

SINEW_ATTR_AVX512_BF16 void ConvertBf16Row(const float* from, int count, std::byte* to, size_t, RowScale) {
  for (int i = 0; i < count; i += 32, to += kTileRowBytes) {
    const __m512bh halves = _mm512_cvtne2ps_pbh(LoadUpTo(from + i + 16, count - i - 16), LoadUpTo(from + i, count - i));
    _mm512_storeu_si512(to, (__m512i)halves);
  }
}

SINEW_ATTR_AVX512_BF16 void ConvertBf16PairRow(const float* from, int count, std::byte* to, size_t plane_bytes,
                                               RowScale) {
  for (int i = 0; i < count; i += 32, to += kTileRowBytes) {
    const __m512 a = LoadUpTo(from + i, count - i), b = LoadUpTo(from + i + 16, count - i - 16);
    const __m512i high = (__m512i)_mm512_cvtne2ps_pbh(b, a);
    const __m512 a_low = _mm512_sub_ps(a, Widen(_mm512_castsi512_si256(high)));
    const __m512 b_low = _mm512_sub_ps(b, Widen(_mm512_extracti64x4_epi64(high, 1)));
    _mm512_storeu_si512(to, high);
    _mm512_storeu_si512(to + plane_bytes, (__m512i)_mm512_cvtne2ps_pbh(b_low, a_low));
  }
}

SINEW_ATTR_AVX512_BF16 void ConvertI8Row(const float* from, int count, std::byte* to, size_t, RowScale scale) {
  const __m512 inverse = _mm512_set1_ps(scale.scale > 0 ? 1 / scale.scale : 0);
  const __m512i zero = _mm512_set1_epi32(scale.zero);
  const int whole = static_cast<int>(NarrowRowBytes(DataType::kI8, count));
  for (int i = 0; i < whole; i += 16) {
    const int left = count - i;
    __m128i bytes = _mm_setzero_si128();
    if (left > 0) {
      const __m512 far_steps = _mm512_set1_ps(kFarSteps);
      __m512 steps = _mm512_min_ps(_mm512_mul_ps(LoadUpTo(from + i, left), inverse), far_steps);
      steps = _mm512_max_ps(steps, _mm512_set1_ps(-kFarSteps));
      const __m512i q = _mm512_cvtps_epi32(steps);
      const __m512i shifted = _mm512_max_epi32(_mm512_add_epi32(q, zero), _mm512_setzero_si512());
      bytes = _mm_maskz_mov_epi8(Lanes(left), _mm512_cvtusepi32_epi8(shifted));
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), bytes);
  }
}

SINEW_ATTR_AVX512_BF16 void WidenRange(const float* from, int count, FloatRange* range) {
  __m512 low = _mm512_set1_ps(range->low), high = _mm512_set1_ps(range->high);
  for (int i = 0; i < count; i += 16) {
    // Lanes beyond the end are those of the range.
    const __mmask16 lanes = Lanes(count - i);
    const __m512 value = _mm512_maskz_loadu_ps(lanes, from + i);
    low = _mm512_mask_min_ps(low, lanes, value, low);  // the second where one is not a number
    high = _mm512_mask_max_ps(high, lanes, value, high);
  }
  range->low = _mm512_reduce_min_ps(low);
  range->high = _mm512_reduce_max_ps(high);
}

void MultiplyBf16Dots(const NarrowProblem& p, const NarrowArgs& g) { MultiplyDots<Bf16Dot>(p, g); }
void MultiplyI8Dots(const NarrowProblem& p, const NarrowArgs& g) { MultiplyDots<I8Dot>(p, g); }

#endif

}  // namespace sinew::cpu
