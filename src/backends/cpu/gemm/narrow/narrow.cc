// Packing and rounding, for any processor.
#include "backends/cpu/gemm/narrow/narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "backends/cpu/gemm/narrow/rounding.h"

namespace sinew::cpu {

uint16_t ToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);  // quiet
  if (std::fabs(value) < 0x1p-126f) return static_cast<uint16_t>(bits >> 16 & 0x8000);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float FromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

void CopyBf16Row(const uint16_t* from, int count, std::byte* to) {
  const size_t bytes = static_cast<size_t>(count) * sizeof(*from);
  std::memcpy(to, from, bytes);
  std::memset(to + bytes, 0, NarrowRowBytes(DataType::kBF16, count) - bytes);
}

RowScale MakeRowScale(float low, float high) {
  low = std::min(low, 0.0f);
  high = std::max(high, 0.0f);
  const float scale = (high - low) / 255.0f;
  // Denormal scales would make infinities of their inverses.
  if (!(scale >= std::numeric_limits<float>::min())) return {};
  return {scale, static_cast<int32_t>(std::lround(std::clamp(-low / scale, 0.0f, 255.0f)))};
}

namespace {

// Header: scales as floats, sums as int32, of whole blocks of columns.
void PackInt8(int taps, int depth, int columns, const float* weights, float* packed) {
  const size_t rows = static_cast<size_t>(taps) * static_cast<size_t>(depth), width = static_cast<size_t>(columns);
  const size_t padded = static_cast<size_t>(RoundUpToChannelBlock(columns));
  const int words = PaddedWords(DataType::kI8, depth);
  float* const panels = packed + NarrowHeaderWords(DataType::kI8, columns);
  const size_t panel_words = NarrowPanelWords(DataType::kI8, taps, depth);
  std::vector<float> column(rows);
  for (size_t k = 0; k < padded; ++k) {
    if (k < width) {
      for (size_t i = 0; i < rows; ++i) column[i] = weights[i * width + k];
    }
    const float scale = k < width ? ColumnScale(column) : 0;
    int32_t sum = 0;
    float* const panel = panels + k / kChannelBlock * panel_words + k % kChannelBlock;
    for (int tap = 0; tap < taps; ++tap) {
      for (int word = 0; word < words; ++word) {
        int8_t four[4] = {};
        for (int i = 0; i < 4; ++i) {
          const int c = 4 * word + i;
          if (k >= width || c >= depth) continue;
          const float weight = column[static_cast<size_t>(tap) * static_cast<size_t>(depth) + static_cast<size_t>(c)];
          four[i] = ToI8(weight, scale);
          sum += four[i];
        }
        std::memcpy(panel + static_cast<size_t>(tap * words + word) * kChannelBlock, four, sizeof(four));
      }
    }
    packed[k] = scale;
    std::memcpy(packed + padded + k, &sum, sizeof(sum));
  }
}

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

}  // namespace

void PackNarrow(DataType type, int taps, int depth, int columns, const float* weights, float* packed) {
  if (type == DataType::kI8) {
    PackInt8(taps, depth, columns, weights, packed);
  } else {
    PackBf16(type, taps, depth, columns, weights, packed);
  }
}

}  // namespace sinew::cpu
