// Configuration of the processor's tiles, and tiles in software.
#include "backends/cpu/gemm/narrow/amx.h"

#if SINEW_NARROW_KERNELS

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
__attribute__((noinline)) SINEW_ATTR_FMA void Multiply(uint32_t (&sums)[16][16], const uint32_t (&a)[16][16],
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

SINEW_ATTR_AVX512 void StoreTileRow(Activation activation, const float* sums, const float* bias, int columns,
                                    float* out) {
  const __m512 low = _mm512_set1_ps(activation == Activation::kNone ? -HUGE_VALF : 0.0f);
  const __m512 high = _mm512_set1_ps(activation == Activation::kRelu6 ? 6.0f : HUGE_VALF);
  __m512 value = _mm512_load_ps(sums);
  if (bias != nullptr) value = _mm512_add_ps(value, _mm512_loadu_ps(bias));
  _mm512_mask_storeu_ps(out, static_cast<__mmask16>((1u << columns) - 1),
                        _mm512_min_ps(_mm512_max_ps(value, low), high));
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
  Multiply(sums.words, a.words, b.words);
}

}  // namespace sinew::cpu

#endif
