// Configuration of the processor's tiles, and tiles in software.
#include "backends/cpu/gemm/narrow/amx.h"

#if SINEW_NARROW_KERNELS

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sinew::cpu {
namespace {

// What LDTILECFG reads: palette 1, eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Denormals as zeros and flushed, as tiles have them whatever the thread's mode.
class Flushed {
 public:
  Flushed() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~Flushed() { _mm_setcsr(before_); }

 private:
  unsigned before_;
};

SINEW_ATTR_FMA inline __m256 EvenElements(__m256i words) { return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16)); }
SINEW_ATTR_FMA inline __m256 OddElements(__m256i words) {
  return _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0xFFFF0000))));
}

// Not to be inlined, so that nothing of it is done in another mode.
__attribute__((noinline)) SINEW_ATTR_FMA void MultiplyTile(uint32_t (&sums)[16][16], const uint32_t (&a)[16][16],
                                                           const uint32_t (&b)[16][16]) {
  for (int m = 0; m < 16; ++m) {
    for (int n = 0; n < 16; n += 8) {
      __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
      for (int k = 0; k < 16; ++k) {
        const __m256i x = _mm256_set1_epi32(static_cast<int>(a[m][k]));
        const __m256i y = _mm256_load_si256(reinterpret_cast<const __m256i*>(&b[k][n]));
        even = _mm256_fmadd_ps(EvenElements(x), EvenElements(y), even);
        odd = _mm256_fmadd_ps(OddElements(x), OddElements(y), odd);
      }
      float* const to = reinterpret_cast<float*>(&sums[m][n]);
      _mm256_store_ps(to, _mm256_add_ps(_mm256_load_ps(to), _mm256_add_ps(even, odd)));
    }
  }
}

}  // namespace

namespace {

// ToBf16 of each, none of which is NaN: tiles in software run where there is no instruction for it.
SINEW_ATTR_AVX512 inline __m256i ToBf16Lanes(__m512 value) {
  const __m512i bits = _mm512_castps_si512(value), high = _mm512_srli_epi32(bits, 16);
  const __m512i magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(0x7FFFFFFF));
  const __m512i half = _mm512_add_epi32(_mm512_set1_epi32(0x7FFF), _mm512_and_si512(high, _mm512_set1_epi32(1)));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, half), 16);
  const __mmask16 is_denormal = _mm512_cmplt_epu32_mask(magnitude, _mm512_set1_epi32(0x00800000));
  rounded = _mm512_mask_and_epi32(rounded, is_denormal, high, _mm512_set1_epi32(0x8000));
  return _mm512_cvtepi32_epi16(rounded);
}

SINEW_ATTR_AVX512 inline void Store(const NarrowProblem& p, const NarrowArgs& g, __m512 value, int k, size_t at) {
  const __m512 low = _mm512_set1_ps(p.activation == Activation::kNone ? -HUGE_VALF : 0.0f);
  const __m512 high = _mm512_set1_ps(p.activation == Activation::kRelu6 ? 6.0f : HUGE_VALF);
  const int columns = std::min(kChannelBlock, p.columns - k);
  const __mmask16 lanes = static_cast<__mmask16>((1u << columns) - 1);
  value = _mm512_min_ps(_mm512_max_ps(value, low), high);  // NaN becomes `low`
  if (g.bf16_out != nullptr) {
    _mm256_mask_storeu_epi16(g.bf16_out + at, lanes, ToBf16Lanes(value));
  } else {
    _mm512_mask_storeu_ps(g.out + at, lanes, value);
  }
}

}  // namespace

SINEW_ATTR_AVX512 void StoreTileRow(const NarrowProblem& p, const NarrowArgs& g, const float* sums, int k, size_t at) {
  __m512 value = _mm512_load_ps(sums);
  if (g.bias != nullptr) value = _mm512_add_ps(value, _mm512_loadu_ps(g.bias + k));
  Store(p, g, value, k, at);
}

SINEW_ATTR_AVX512 void StoreI8TileRow(const NarrowProblem& p, const NarrowArgs& g, const float* sums, int row, int k,
                                      size_t at) {
  const RowScale& scale = g.scales[static_cast<size_t>(row) * g.scale_step];
  const float* const column_scales = reinterpret_cast<const float*>(g.packed) + k;
  const uint32_t* const column_sums = g.packed + RoundUpToChannelBlock(p.columns) + k;
  const __m512i zeros = _mm512_mullo_epi32(_mm512_loadu_si512(column_sums), _mm512_set1_epi32(scale.zero));
  const __m512 product = _mm512_mul_ps(_mm512_set1_ps(scale.scale), _mm512_loadu_ps(column_scales));
  const __m512 bias = g.bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(g.bias + k);
  Store(p, g, _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_load_si512(sums), zeros)), product, bias), k,
        at);
}

AmxTiles::AmxTiles() {
  const TileConfiguration configuration;
  asm volatile("ldtilecfg %0" : : "m"(configuration));
}
AmxTiles::~AmxTiles() { asm volatile("tilerelease"); }

bool SoftwareTiles::CanRun() { return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"); }

void SoftwareTiles::Fill(Tile& tile) { tile = {}; }

void SoftwareTiles::Read(const std::byte* from, size_t stride_bytes, Tile& tile) {
  for (size_t row = 0; row < 16; ++row) std::memcpy(tile.words[row], from + row * stride_bytes, kTileRowBytes);
}

void SoftwareTiles::Write(const Tile& tile, size_t stride_bytes, std::byte* to) {
  for (size_t row = 0; row < 16; ++row) std::memcpy(to + row * stride_bytes, tile.words[row], kTileRowBytes);
}

void SoftwareTiles::MultiplyBf16(Tile& sums, const Tile& a, const Tile& b) {
  const Flushed flushed;
  MultiplyTile(sums.words, a.words, b.words);
}

void SoftwareTiles::MultiplyI8(Tile& sums, const Tile& a, const Tile& b) {
  for (int m = 0; m < 16; ++m) {
    for (int n = 0; n < 16; ++n) {
      int32_t sum = static_cast<int32_t>(sums.words[m][n]);
      for (int k = 0; k < 16; ++k) {
        for (int i = 0; i < 32; i += 8) {
          sum += static_cast<int32_t>(a.words[m][k] >> i & 0xFF) * static_cast<int8_t>(b.words[k][n] >> i & 0xFF);
        }
      }
      sums.words[m][n] = static_cast<uint32_t>(sum);
    }
  }
}

}  // namespace sinew::cpu

#endif
