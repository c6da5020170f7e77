// Engines: what multiplies narrow types for a target. Convolutions are templates over one.
//
// An engine is an object that a thread has for all tasks of a call, with
//   kType                  the type of both sides of its products
//   kWholePictures         whether rows of a picture with borders are best multiplied as one long run: tiles have a
//   fixed
//                          number of rows, which single rows of a picture do not fill
//   Convert                a ConvertRow
//   Multiply(problem, args)
#pragma once

#include "backends/cpu/gemm/narrow/amx.h"
#include "backends/cpu/gemm/narrow/dots.h"
#include "backends/cpu/gemm/narrow/tiles-inl.h"

#if SINEW_NARROW_KERNELS

namespace sinew::cpu {

struct Bf16DotsEngine {
  static constexpr DataType kType = DataType::kBF16;
  static constexpr bool kWholePictures = false;
  static void Convert(const float* from, int count, std::byte* to, size_t plane_bytes) {
    ConvertBf16Row(from, count, to, plane_bytes);
  }
  void Multiply(const NarrowProblem& p, const NarrowArgs& g) { MultiplyBf16Dots(p, g); }
};

template <class Tiles, DataType kNarrowType>
struct TilesEngine {
  static constexpr DataType kType = kNarrowType;
  static constexpr bool kWholePictures = true;
  static constexpr bool kPair = kType == DataType::kBF16Pair;
  static void Convert(const float* from, int count, std::byte* to, size_t plane_bytes) {
    if constexpr (std::is_same_v<Tiles, SoftwareTiles>) {
      (kPair ? ConvertBf16PairRowPlain : ConvertBf16RowPlain)(from, count, to, plane_bytes);
    } else {
      (kPair ? ConvertBf16PairRow : ConvertBf16Row)(from, count, to, plane_bytes);
    }
  }
  void Multiply(const NarrowProblem& p, const NarrowArgs& g) { MultiplyTiles<Tiles, kType>(tiles, p, g); }

  Tiles tiles;
};

}  // namespace sinew::cpu

#endif
