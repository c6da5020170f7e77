// Convolutions in narrow types of numbers: what conv.cc puts into its table.
//   pointwise  1x1: the pixels of a block are converted and multiplied
//   im2col     any window: the inputs of a block of output pixels are gathered into rows, converted and multiplied
//   direct     windows of stride 1: a band of the input is converted, zeros around it, and multiplied once for each
//   tap,
//              into the same sums
// Each converts a block of its input, f32, to scratch that stays in L2, and writes f32 or bf16. What multiplies bf16
// takes input that is stored as such as well: rounding there or here gives the same numbers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/conv/algorithm.h"
#include "backends/cpu/conv/narrow/band.h"
#include "backends/cpu/conv/supports.h"
#include "backends/cpu/gemm/narrow/cost.h"
#include "backends/cpu/gemm/narrow/narrow.h"
#include "backends/cpu/row_block.h"

namespace sinew::cpu {

// What a window's places are kept in lies on the stack.
inline constexpr int kMostNarrowTaps = 169;

template <DataType kType>
ConvAlgorithm::Run RunPointwiseNarrowFor(Target target);
template <DataType kType>
ConvAlgorithm::Run RunIm2colNarrowFor(Target target);
template <DataType kType>
ConvAlgorithm::Run RunDirectNarrowFor(Target target);
template <DataType kType>
ConvAlgorithm::Run EmulatePointwiseNarrowFor(Target target);
template <DataType kType>
ConvAlgorithm::Run EmulateIm2colNarrowFor(Target target);
template <DataType kType>
ConvAlgorithm::Run EmulateDirectNarrowFor(Target target);

inline size_t RoundUpToTileRows(int rows) {
  return static_cast<size_t>((rows + kTileRowsRead - 1) / kTileRowsRead) * kTileRowsRead;
}

// Blocks of rows of `depth`: 192 KB, which stay in L2 beside the weights, in whole pairs of tiles; as many as leave
// tasks for all workers.
inline RowBlocks MakeNarrowBlocks(int rows, DataType type, int depth) {
  constexpr size_t kBlockBytes = 192 * 1024;
  constexpr int kTasks = 16, kPair = 2 * kTileRowsRead, kMost = 1024;
  const size_t row_bytes = NarrowRowBytes(type, depth) * static_cast<size_t>(NarrowPlanes(type));
  const int fit = static_cast<int>(std::min<size_t>(kBlockBytes / row_bytes, kMost));
  return {rows, std::max(std::min(fit, rows / kTasks) / kPair * kPair, kPair)};
}

// Scratch for the rows of a block, and for their scales behind them.
inline size_t NarrowRowsFloats(const ConvProblem& p, DataType type, int depth) {
  return RoundUpToTileRows(MakeNarrowBlocks(Pixels(p), type, depth).block) * NarrowRowBytes(type, depth) *
         static_cast<size_t>(NarrowPlanes(type)) / sizeof(float);
}
inline size_t NarrowBlockFloats(const ConvProblem& p, DataType type, int depth) {
  const size_t scales = static_cast<size_t>(MakeNarrowBlocks(Pixels(p), type, depth).block) * sizeof(RowScale);
  return NarrowRowsFloats(p, type, depth) + scales / sizeof(float);
}

// The columns that the table shares. `taps` products of `depth` elements a pixel.
template <DataType kType>
double NarrowConvCost(const ConvProblem& p, Target target, int taps, int depth, double converted) {
  const size_t words = PackedNarrowWords(kType, taps, depth, p.out_k);
  const double products =
      static_cast<double>(Pixels(p)) * taps * NarrowWords(kType, depth) * RoundUpToChannelBlock(p.out_k);
  return NarrowProductCost(kType, products * NarrowElementsPerWord(kType), target) +
         NarrowConversionCost(kType, converted) + WeightCost(words);
}

constexpr kernels::Storage NarrowStorage(DataType type) {
  return type == DataType::kBF16 ? kernels::Storage::kBf16 : kernels::Storage::kBf16Output;
}

template <DataType kType>
constexpr ConvAlgorithm NarrowPointwise(std::string_view name) {
  return {.name = name,
          .type = kType,
          .storage = NarrowStorage(kType),
          .supports = SupportsPointwise,
          .packed_floats = [](const ConvProblem& p) { return PackedNarrowWords(kType, 1, p.in_c, p.out_k); },
          .pack = [](const ConvProblem& p, const float* weights,
                     float* packed) { PackNarrow(kType, 1, p.in_c, p.out_k, weights, packed); },
          .task_count = [](const ConvProblem& p) { return MakeNarrowBlocks(Pixels(p), kType, p.in_c).Tasks(); },
          .scratch_floats = [](const ConvProblem& p) { return NarrowBlockFloats(p, kType, p.in_c); },
          .run_for = RunPointwiseNarrowFor<kType>,
          .emulated_for = EmulatePointwiseNarrowFor<kType>,
          .cost_on =
              [](const ConvProblem& p, Target target) {
                return NarrowConvCost<kType>(p, target, 1, p.in_c, static_cast<double>(Pixels(p)) * p.in_c);
              },
          .multiply_adds = ProductMultiplyAdds,
          .error = NarrowError(kType)};
}

template <DataType kType>
constexpr ConvAlgorithm NarrowIm2col(std::string_view name) {
  return {.name = name,
          .type = kType,
          .storage = NarrowStorage(kType),
          .supports = SupportsIm2col,
          .packed_floats = [](const ConvProblem& p) { return PackedNarrowWords(kType, 1, WindowDepth(p), p.out_k); },
          .pack = [](const ConvProblem& p, const float* weights,
                     float* packed) { PackNarrow(kType, 1, WindowDepth(p), p.out_k, weights, packed); },
          .task_count = [](const ConvProblem& p) { return MakeNarrowBlocks(Pixels(p), kType, WindowDepth(p)).Tasks(); },
          // And a gathered row.
          .scratch_floats =
              [](const ConvProblem& p) {
                return NarrowBlockFloats(p, kType, WindowDepth(p)) + static_cast<size_t>(WindowDepth(p));
              },
          .run_for = RunIm2colNarrowFor<kType>,
          .emulated_for = EmulateIm2colNarrowFor<kType>,
          .cost_on =
              [](const ConvProblem& p, Target target) {
                // Gathered as floats, then converted.
                const double gathered = static_cast<double>(Pixels(p)) * WindowDepth(p);
                return NarrowConvCost<kType>(p, target, 1, WindowDepth(p), 2 * gathered);
              },
          .multiply_adds = ProductMultiplyAdds,
          .error = NarrowError(kType)};
}

template <DataType kType>
constexpr ConvAlgorithm NarrowDirect(std::string_view name) {
  return {.name = name,
          .type = kType,
          .storage = NarrowStorage(kType),
          .supports =
              [](const ConvProblem& p) {
                return SupportsIm2col(p) && p.stride_h == 1 && p.stride_w == 1 && p.kernel_h * p.kernel_w > 1 &&
                       p.kernel_h * p.kernel_w <= kMostNarrowTaps;
              },
          .packed_floats =
              [](const ConvProblem& p) { return PackedNarrowWords(kType, p.kernel_h * p.kernel_w, p.in_c, p.out_k); },
          .pack = [](const ConvProblem& p, const float* weights,
                     float* packed) { PackNarrow(kType, p.kernel_h * p.kernel_w, p.in_c, p.out_k, weights, packed); },
          .task_count = [](const ConvProblem& p) { return MakeBandTiling(p, kType).Tasks(); },
          .scratch_floats = [](const ConvProblem& p) { return MakeBandTiling(p, kType).Bytes() / sizeof(float); },
          .run_for = RunDirectNarrowFor<kType>,
          .emulated_for = EmulateDirectNarrowFor<kType>,
          .cost_on =
              [](const ConvProblem& p, Target target) {
                const BandTiling t = MakeBandTiling(p, kType);
                const int taps = p.kernel_h * p.kernel_w;
                // Neighbouring bands share rows.
                const double converted =
                    static_cast<double>(t.Tasks()) * t.rows * t.pitch * static_cast<double>(p.in_c);
                return NarrowConvCost<kType>(p, target, taps, p.in_c, converted) +
                       WeightRereadCost(PackedNarrowWords(kType, taps, p.in_c, p.out_k), t.Tasks());
              },
          .multiply_adds = ProductMultiplyAdds,
          .error = NarrowError(kType)};
}

}  // namespace sinew::cpu
