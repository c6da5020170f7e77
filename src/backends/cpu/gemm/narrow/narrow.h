// Matrix products of narrow types of numbers, with sums of 32 bits: what convolutions in bf16 and int8 come down to.
//   out[p,k] = act(bias[k] + sum_{t,c} a[p,t,c] * w[t,c,k])       p < rows, t < taps, c < depth, k < columns
// Taps are places beside a row's own (a window's, in a convolution): a[p,t] lies tap_bytes[t] bytes behind a[p].
//
// Words     What processors multiply is words of 32 bits, two bf16 or four int8, and they add up the products of one.
// Layout    packed [K/16][T][D/16][planes][16 words][16 columns]: along the depth, padded with zeros to whole tiles of
// 16
//           words, a word of each of 16 columns. One such tile of 1 KB is what AMX loads as one
//           (gemm/narrow/tiles-inl.h), and what VDPBF16PS and VPDPBUSD read line by line (gemm/narrow/dots.h). `a`
//           holds rows of words, zeros behind the depth up to whole tiles.
// Planes    BF16Pair: a number x is high + low, both bf16 and rounded to nearest even, and a product is
//           high*high + high*low + low*high; what is left out is at most 2^-16 of it, and the rounding of low
//           halves 2^-17 a side.
//           Source: Henry, Tang & Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype For
//           Higher-Precision Computations", ARITH 2019.
// I8        Weights are whole numbers of -127..127 times a scale of their column, rows of `a` 0..255 times a scale of
// their
//           own, less a zero point: x = scale * (q - zero). The scales of rows are found as they are converted, from
//           what is in them: nothing has to be calibrated, and nothing is clipped. Before the panels lie the columns'
//           scales and the sums of their weights, by which zero points are taken out of the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/channel_block.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::DataType;

inline constexpr int kTileWords = 16;
inline constexpr size_t kTileRowBytes = 64;
// Rows of `a` are read in whole tiles of so many, whatever lies in those beyond the last.
inline constexpr int kTileRowsRead = 16;

constexpr int NarrowPlanes(DataType type) { return type == DataType::kBF16Pair ? 2 : 1; }
constexpr int NarrowElementsPerWord(DataType type) { return type == DataType::kI8 ? 4 : 2; }
// Words of a depth of so many elements, and those that the layout has for them.
constexpr int NarrowWords(DataType type, int depth) {
  const int per_word = NarrowElementsPerWord(type);
  return (depth + per_word - 1) / per_word;
}
constexpr int PaddedWords(DataType type, int depth) {
  return (NarrowWords(type, depth) + kTileWords - 1) / kTileWords * kTileWords;
}
// Of a row of one plane of `a`.
constexpr size_t NarrowRowBytes(DataType type, int depth) { return static_cast<size_t>(PaddedWords(type, depth)) * 4; }

// Of a row of `a` in I8.
struct RowScale {
  float scale = 0;
  int32_t zero = 0;
};
// The one that covers [low, high] and zero with 256 steps; NaN and infinities give scales of no use, and no fault.
RowScale MakeRowScale(float low, float high);

struct NarrowProblem {
  int rows, taps, depth, columns;
  Activation activation;
};

struct NarrowArgs {
  const std::byte* a = nullptr;
  size_t row_bytes = 0;    // from a row to the next
  size_t plane_bytes = 0;  // from the high halves to the low ones, where there are two planes
  const size_t* tap_bytes = nullptr;
  const uint32_t* packed = nullptr;  // PackedNarrowWords, 64-byte aligned
  const float* bias = nullptr;       // RoundUpToChannelBlock(columns) floats; null for zeros
  float* out = nullptr;
  uint16_t* bf16_out = nullptr;  // in place of `out` where it is not null: results as ToBf16 has them
  size_t out_stride = 0;
  // Rows may be those of a picture with a border: of `pitch` rows, the first `width` are results, which lie in `out`
  // one after another; the others are dropped. Zeros: all are results.
  int pitch = 0, width = 0;
  // In I8: the rows' scales, `scale_step` apart; 0: one for all.
  const RowScale* scales = nullptr;
  size_t scale_step = 1;
};

inline size_t NarrowPanelWords(DataType type, int taps, int depth) {
  return static_cast<size_t>(taps) * static_cast<size_t>(PaddedWords(type, depth)) * kChannelBlock *
         static_cast<size_t>(NarrowPlanes(type));
}
// What lies before the panels.
inline size_t NarrowHeaderWords(DataType type, int columns) {
  return type == DataType::kI8 ? 2 * static_cast<size_t>(RoundUpToChannelBlock(columns)) : 0;
}
inline size_t PackedNarrowWords(DataType type, int taps, int depth, int columns) {
  return NarrowHeaderWords(type, columns) +
         NarrowPanelWords(type, taps, depth) * static_cast<size_t>(RoundUpToChannelBlock(columns) / kChannelBlock);
}

// Packs `weights`, taps x depth x columns.
void PackNarrow(DataType type, int taps, int depth, int columns, const float* weights, float* packed);

// To the nearest bf16, ties to even; denormals become zeros, as the products take them.
uint16_t ToBf16(float value);
float FromBf16(uint16_t bits);
// A row of `a` of numbers that are bf16 already.
void CopyBf16Row(const uint16_t* from, int count, std::byte* to);

// Rows of `a`: `count` floats as bf16, or as high halves and, plane_bytes behind, low ones, or as I8 of that scale;
// zeros up to the next whole tile.
using ConvertRow = void (*)(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale scale);

}  // namespace sinew::cpu
