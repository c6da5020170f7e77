// Packing and rounding, for any processor.
#include "backends/cpu/gemm/narrow/narrow.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace sinew::cpu {

uint16_t ToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);  // quiet
  if (std::fabs(value) < 0x1p-126f) return static_cast<uint16_t>(bits >> 16 & 0x8000);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float FromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

void PackBf16(DataType type, int taps, int depth, int columns, const float* weights, float* packed) {
  const int words = PaddedWords(type, depth), planes = NarrowPlanes(type);
  const auto half = [&](int tap, int c, int k, int plane) -> uint32_t {
    if (c >= depth || k >= columns) return 0;
    const float weight = weights[(static_cast<size_t>(tap) * static_cast<size_t>(depth) + static_cast<size_t>(c)) *
                                     static_cast<size_t>(columns) +
                                 static_cast<size_t>(k)];
    const uint16_t high = ToBf16(weight);
    return plane == 0 ? high : ToBf16(weight - FromBf16(high));
  };
  for (int first = 0; first < columns; first += kChannelBlock) {
    for (int tap = 0; tap < taps; ++tap) {
      for (int tile = 0; tile < words; tile += kTileWords) {
        for (int plane = 0; plane < planes; ++plane) {
          for (int word = tile; word < tile + kTileWords; ++word) {
            for (int k = first; k < first + kChannelBlock; ++k) {
              const uint32_t bits = half(tap, 2 * word, k, plane) | half(tap, 2 * word + 1, k, plane) << 16;
              std::memcpy(packed++, &bits, sizeof(bits));
            }
          }
        }
      }
    }
  }
}

}  // namespace sinew::cpu
