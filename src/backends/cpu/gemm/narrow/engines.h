// Engines: what multiplies narrow types for a target. Convolutions are templates over one.
//
// An engine is an object that a thread has for all tasks of a call, with
//   kType                  the type of both sides of its products
//   kScaled                whether rows have scales (RowScale), which have to be found before they are converted
//   kWholePictures         whether rows of a picture with borders are best multiplied as one long run: tiles have a
//   fixed
//                          number of rows, which single rows of a picture do not fill
//   Widen(from, count, range), Convert: a ConvertRow
//   Multiply(problem, args)
#pragma once

#include "backends/cpu/gemm/narrow/amx.h"
#include "backends/cpu/gemm/narrow/dots.h"
#include "backends/cpu/gemm/narrow/tiles-inl.h"

#if SINEW_NARROW_KERNELS

namespace sinew::cpu {

template <DataType kNarrowType>
struct DotsEngine {
  static constexpr DataType kType = kNarrowType;
  static constexpr bool kScaled = kType == DataType::kI8;
  static constexpr bool kWholePictures = false;
  static void Widen(const float* from, int count, FloatRange* range) { WidenRange(from, count, range); }
  static void Convert(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale scale) {
    (kScaled ? ConvertI8Row : ConvertBf16Row)(from, count, to, plane_bytes, scale);
  }
  void Multiply(const NarrowProblem& p, const NarrowArgs& g) { (kScaled ? MultiplyI8Dots : MultiplyBf16Dots)(p, g); }
};

template <class Tiles, DataType kNarrowType>
struct TilesEngine {
  static constexpr DataType kType = kNarrowType;
  static constexpr bool kScaled = kType == DataType::kI8;
  static constexpr bool kWholePictures = true;
  static constexpr bool kInSoftware = std::is_same_v<Tiles, SoftwareTiles>;
  static void Widen(const float* from, int count, FloatRange* range) {
    (kInSoftware ? WidenRangePlain : WidenRange)(from, count, range);
  }
  static void Convert(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale scale) {
    if constexpr (kScaled) {
      (kInSoftware ? ConvertI8RowPlain : ConvertI8Row)(from, count, to, plane_bytes, scale);
    } else if constexpr (kType == DataType::kBF16Pair) {
      (kInSoftware ? ConvertBf16PairRowPlain : ConvertBf16PairRow)(from, count, to, plane_bytes, scale);
    } else {
      (kInSoftware ? ConvertBf16RowPlain : ConvertBf16Row)(from, count, to, plane_bytes, scale);
    }
  }
  void Multiply(const NarrowProblem& p, const NarrowArgs& g) { MultiplyTiles<Tiles, kType>(tiles, p, g); }

  Tiles tiles;
};

// Finds a row's scale where it has one, and converts it.
template <class Engine>
void ConvertScaled(const float* from, int count, std::byte* to, size_t plane_bytes, RowScale* scale) {
  if constexpr (Engine::kScaled) {
    FloatRange range;
    Engine::Widen(from, count, &range);
    *scale = MakeRowScale(range.low, range.high);
    Engine::Convert(from, count, to, plane_bytes, *scale);
  } else {
    Engine::Convert(from, count, to, plane_bytes, {});
  }
}

}  // namespace sinew::cpu

#endif
