// Winograd algorithms whose products are of a narrow type: transforms in f32, what is multiplied converted point by
// point. Transforms amplify errors: bf16 alone is of use in F(4,3) at most, three products of halves (BF16Pair) in all.
#pragma once

#include "backends/cpu/conv/supports.h"
#include "backends/cpu/conv/winograd/rows.h"
#include "backends/cpu/cost.h"
#include "backends/cpu/gemm/narrow/cost.h"
#include "backends/cpu/gemm/narrow/narrow.h"

namespace sinew::cpu {

template <class TC, DataType kType>
ConvAlgorithm::Run RunNarrowWinogradFor(Target target);
template <class TC, DataType kType>
ConvAlgorithm::Run EmulateNarrowWinogradFor(Target target);

// Relative RMS error of a layer; conv_error_test measures it.
template <class TC, DataType kType>
inline constexpr double kNarrowWinogradError = 0;
template <>
inline constexpr double kNarrowWinogradError<F4x3, DataType::kBF16> = 1e-2;
template <>
inline constexpr double kNarrowWinogradError<F4x3, DataType::kBF16Pair> = 2e-5;
template <>
inline constexpr double kNarrowWinogradError<F6x3, DataType::kBF16Pair> = 1e-4;
template <>
inline constexpr double kNarrowWinogradError<F4x7, DataType::kBF16Pair> = 4e-4;
template <>
inline constexpr double kNarrowWinogradError<F6x7, DataType::kBF16Pair> = 2.5e-3;

template <class TC>
WinogradTiling MakeNarrowTiling(const ConvProblem& p) {
  return MakeTiling(p, TC::kOutputs, TC::kTile, kNarrowTiles);
}

// The converted inputs of a point: whole tiles of rows.
inline size_t NarrowPointPlaneBytes(const WinogradTiling& t, DataType type, int channels) {
  return static_cast<size_t>((t.block + kTileRowsRead - 1) / kTileRowsRead * kTileRowsRead) *
         NarrowRowBytes(type, channels);
}

template <class TC, DataType kType>
struct NarrowWinogradRow {
  static size_t PointWords(const ConvProblem& p) { return PackedNarrowWords(kType, 1, p.in_c, p.out_k); }
  static size_t Packed(const ConvProblem& p) { return static_cast<size_t>(TC::kTile * TC::kTile) * PointWords(p); }
  static void Pack(const ConvProblem& p, const float* weights, float* packed) {
    static constexpr auto kMatrix = TC::KernelMatrix();
    PackWinograd(p, TC::kTile, kMatrix[0].data(), weights, [&](size_t point, const float* matrix) {
      PackNarrow(kType, 1, p.in_c, p.out_k, matrix, packed + point * PointWords(p));
    });
  }
  static size_t Scratch(const ConvProblem& p) {
    const WinogradTiling t = MakeNarrowTiling<TC>(p);
    return t.ScratchFloats() +
           NarrowPointPlaneBytes(t, kType, p.in_c) * static_cast<size_t>(NarrowPlanes(kType)) / sizeof(float);
  }
  static double MultiplyAdds(const ConvProblem& p) {
    const WinogradTiling t = MakeNarrowTiling<TC>(p);
    return static_cast<double>(t.points()) * t.tiles() *
           (static_cast<double>(p.in_c) * static_cast<double>(t.k_stride) +
            TC::kTile * static_cast<double>(t.c_stride + t.k_stride));
  }
  // As in single precision (conv.cc), with faster products, conversions, and weights that every task reads.
  static double Cost(const ConvProblem& p, Target target) {
    const WinogradTiling t = MakeNarrowTiling<TC>(p);
    const double elements = static_cast<double>(t.points()) * t.tiles();
    const double channels = static_cast<double>(t.c_stride + t.k_stride);
    return NarrowProductCost(kType, elements * p.in_c * static_cast<double>(t.k_stride), target) +
           1.5 * TC::kTile * elements * channels + NarrowConversionCost(kType, elements * p.in_c) +
           WeightCost(Packed(p)) + WeightRereadCost(Packed(p), t.Tasks());
  }
};

template <class TC, DataType kType>
constexpr ConvAlgorithm NarrowWinograd(std::string_view name) {
  using Row = NarrowWinogradRow<TC, kType>;
  return {.name = name,
          .type = kType,
          .supports = [](const ConvProblem& p) { return FitsInt32Indexing(p) && WinogradRow<TC>::Supports(p); },
          .packed_floats = Row::Packed,
          .pack = Row::Pack,
          .task_count = [](const ConvProblem& p) { return MakeNarrowTiling<TC>(p).Tasks(); },
          .scratch_floats = Row::Scratch,
          .run_for = RunNarrowWinogradFor<TC, kType>,
          .emulated_for = EmulateNarrowWinogradFor<TC, kType>,
          .cost_on = Row::Cost,
          .multiply_adds = Row::MultiplyAdds,
          .error = kNarrowWinogradError<TC, kType>};
}

}  // namespace sinew::cpu
