// Separable convolutions whose pointwise half is a product of a narrow type: rows of the table in separable.cc.
#pragma once

#include "backends/cpu/cost.h"
#include "backends/cpu/depthwise/pack.h"
#include "backends/cpu/gemm/narrow/cost.h"
#include "backends/cpu/gemm/narrow/narrow.h"
#include "backends/cpu/separable/patch_tiling.h"
#include "backends/cpu/separable/separable.h"

namespace sinew::cpu {

template <DataType kType>
SeparableAlgorithm::Run RunNarrowPatchesFor(Target target);
template <DataType kType>
SeparableAlgorithm::Run EmulateNarrowPatchesFor(Target target);

// A patch as narrow numbers should stay in L2 like one of floats.
inline PatchTiling MakeNarrowPatchTiling(const DepthwiseProblem& d, DataType type) {
  return MakePatchTiling(d, type == DataType::kBF16Pair ? 4 : type == DataType::kI8 ? 1 : 2);
}

// Pixels of a row whose depthwise results exist as floats at a time: three runs of tiles, in L1 where channels are few.
inline constexpr int kNarrowPiece = 12;

// Scratch: the rows of a patch as narrow numbers, whole tiles of them, then a piece as floats, then the rows' scales.
inline size_t NarrowPatchPlaneBytes(const SeparableProblem& p, DataType type) {
  const size_t rows = MakeNarrowPatchTiling(p.depthwise, type).Pixels() + 2 * kTileRowsRead;
  return rows * NarrowRowBytes(type, p.depthwise.channels);
}
inline size_t NarrowPatchScratchFloats(const SeparableProblem& p, DataType type) {
  const size_t piece = static_cast<size_t>(kStripHeight * kNarrowPiece) *
                       static_cast<size_t>(RoundUpToChannelBlock(p.depthwise.channels));
  return NarrowPatchPlaneBytes(p, type) * static_cast<size_t>(NarrowPlanes(type)) / sizeof(float) + piece +
         MakeNarrowPatchTiling(p.depthwise, type).Pixels() * sizeof(RowScale) / sizeof(float);
}

// The depthwise weights, f32 and whole blocks of 16, then the panels.
inline size_t PackedNarrowPatches(const SeparableProblem& p, DataType type) {
  return PackedDepthwiseFloats(p.depthwise) + PackedNarrowWords(type, 1, p.depthwise.channels, p.out_k);
}

template <DataType kType>
double NarrowPatchesCost(const SeparableProblem& p, Target target) {
  const DepthwiseProblem& d = p.depthwise;
  const double inputs = static_cast<double>(d.out_h) * d.out_w * d.channels;
  return DepthwiseCost(inputs * d.kernel_h * d.kernel_w) +
         NarrowProductCost(kType, inputs * RoundUpToChannelBlock(p.out_k), target) +
         NarrowConversionCost(kType, inputs) + WeightCost(PackedNarrowPatches(p, kType)) +
         WeightRereadCost(PackedNarrowPatches(p, kType), MakeNarrowPatchTiling(d, kType).Tasks());
}

template <DataType kType>
constexpr SeparableAlgorithm NarrowPatches(std::string_view name, bool (*supports)(const SeparableProblem&)) {
  return {.name = name,
          .type = kType,
          .supports = supports,
          .packed_floats = [](const SeparableProblem& p) { return PackedNarrowPatches(p, kType); },
          .pack =
              [](const SeparableProblem& p, const float* weights, float* packed) {
                PackDepthwise(p.depthwise, weights, packed);
                PackNarrow(kType, 1, p.depthwise.channels, p.out_k, PointwiseWeights(p, weights),
                           packed + PackedDepthwiseFloats(p.depthwise));
              },
          .task_count = [](const SeparableProblem& p) { return MakeNarrowPatchTiling(p.depthwise, kType).Tasks(); },
          .scratch_floats = [](const SeparableProblem& p) { return NarrowPatchScratchFloats(p, kType); },
          .run_for = RunNarrowPatchesFor<kType>,
          .emulated_for = EmulateNarrowPatchesFor<kType>,
          .cost_on = NarrowPatchesCost<kType>,
          .multiply_adds =
              [](const SeparableProblem& p) {
                const DepthwiseProblem& d = p.depthwise;
                return static_cast<double>(d.out_h) * d.out_w * d.channels *
                       (d.kernel_h * d.kernel_w + RoundUpToChannelBlock(p.out_k));
              },
          .error = NarrowError(kType)};
}

}  // namespace sinew::cpu
