// The separable family: a patch of the depthwise result, two rows high, goes into scratch that stays in L2, and is
// multiplied by the pointwise weights at once.
//   out[p,k] = act(b2[k] + sum_c act1(b1[c] + depthwise[p,c]) * w[c,k])
// The tensor between the two, as large as the input, is neither written to memory nor read back.
#include "backends/cpu/separable/separable.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/separable/separable.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/cost.h"
#include "backends/cpu/depthwise/depthwise-inl.h"
#include "backends/cpu/depthwise/pack.h"
#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/separable/narrow.h"
#include "backends/cpu/separable/patch_tiling.h"
#include "backends/cpu/separable/strassen.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

void RunPatches(const SeparableProblem& p, const SeparableArgs& args, size_t first_task, size_t last_task,
                float* scratch) noexcept {
  const DepthwiseProblem& d = p.depthwise;
  const PatchTiling tiling = MakePatchTiling(d);
  const DepthwiseChannels channels = MakeDepthwiseChannels(d, args.input, args.packed, args.depthwise_bias);
  const size_t pixel_floats = static_cast<size_t>(RoundUpToChannelBlock(d.channels));
  for (size_t task = first_task; task < last_task; ++task) {
    const auto [y, x, height, width] = tiling.At(task);
    const size_t row_floats = static_cast<size_t>(width) * pixel_floats;
    DepthwisePatch(d, channels, y, x, height, width, {scratch, row_floats, pixel_floats});
    // Whole rows lie one after another in the output as well.
    const int products = width == d.out_w ? 1 : height;
    // Products are bound by arithmetic and depthwise convolutions by memory: the former fetch what the latter read
    // next.
    const NewInputs next = NextInputs(d, tiling, task, args.input);
    const bool next_in_one = products == 1 && next.floats == next.lower;
    for (int i = 0; i < products; ++i) {
      const size_t pixel = static_cast<size_t>(y + i) * static_cast<size_t>(d.out_w) + static_cast<size_t>(x);
      GemmArgs product = PointwiseArgs(p, args, scratch + static_cast<size_t>(i) * row_floats, pixel);
      product.next = next.data + static_cast<size_t>(i) * next.lower;
      product.next_floats = next_in_one ? 2 * next.floats : next.floats;
      Multiply(PointwiseProduct(p, height * width / products), product);
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunPatchesFor, RunPatches)

namespace {

// The depthwise weights are whole blocks of 16 floats, so that the panels behind them are aligned.
size_t PackedSeparableFloats(const SeparableProblem& p) {
  return PackedDepthwiseFloats(p.depthwise) + PackedFloats(p.depthwise.channels, p.out_k);
}

void PackSeparable(const SeparableProblem& p, const float* weights, float* packed) {
  const DepthwiseProblem& d = p.depthwise;
  PackDepthwise(d, weights, packed);
  PackPanels(d.channels, p.out_k, PointwiseWeights(p, weights), packed + PackedDepthwiseFloats(d));
}

double SeparableCost(const SeparableProblem& p) {
  const DepthwiseProblem& d = p.depthwise;
  const double inputs = static_cast<double>(d.out_h) * d.out_w * d.channels;
  return DepthwiseCost(inputs * d.kernel_h * d.kernel_w) + inputs * RoundUpToChannelBlock(p.out_k) +
         PatchWeightCost(p, PackedSeparableFloats(p));
}

double SeparableMultiplyAdds(const SeparableProblem& p) {
  const DepthwiseProblem& d = p.depthwise;
  const double inputs = static_cast<double>(d.out_h) * d.out_w * d.channels;
  return inputs * (d.kernel_h * d.kernel_w + RoundUpToChannelBlock(p.out_k));
}

template <int kLevels>
constexpr SeparableAlgorithm Strassen(std::string_view name, SeparableAlgorithm::Run (*run_for)(Target)) {
  return {.name = name,
          .supports = [](const SeparableProblem& p) { return SupportsStrassenPatches(kLevels, p); },
          .packed_floats = [](const SeparableProblem& p) { return PackedStrassenPatchesFloats(kLevels, p); },
          .pack = [](const SeparableProblem& p, const float* weights,
                     float* packed) { PackStrassenPatches(kLevels, p, weights, packed); },
          .task_count = [](const SeparableProblem& p) { return MakePatchTiling(p.depthwise).Tasks(); },
          .scratch_floats = [](const SeparableProblem& p) { return StrassenPatchesScratch(kLevels, p); },
          .run_for = run_for,
          .cost = [](const SeparableProblem& p) { return StrassenPatchesCost(kLevels, p); },
          .multiply_adds = [](const SeparableProblem& p) { return StrassenPatchesMultiplyAdds(kLevels, p); },
          .error = StrassenError(kLevels)};
}

bool SupportsPatches(const SeparableProblem& p) { return SupportsStrassenPatches(0, p); }

constexpr SeparableAlgorithm kAlgorithms[] = {
    {.name = "patches",
     .supports = SupportsPatches,
     .packed_floats = PackedSeparableFloats,
     .pack = PackSeparable,
     .task_count = [](const SeparableProblem& p) { return MakePatchTiling(p.depthwise).Tasks(); },
     .scratch_floats =
         [](const SeparableProblem& p) {
           return MakePatchTiling(p.depthwise).Pixels() *
                  static_cast<size_t>(RoundUpToChannelBlock(p.depthwise.channels));
         },
     .run_for = RunPatchesFor,
     .cost = SeparableCost,
     .multiply_adds = SeparableMultiplyAdds},
    Strassen<1>("patches_strassen_1", RunStrassen1PatchesFor),
    Strassen<2>("patches_strassen_2", RunStrassen2PatchesFor),
    NarrowPatches<DataType::kBF16>("bf16_patches", SupportsPatches),
    NarrowPatches<DataType::kBF16Pair>("bf16x3_patches", SupportsPatches),
    NarrowPatches<DataType::kI8>("i8_patches", SupportsPatches),
};

}  // namespace

std::span<const SeparableAlgorithm> SeparableAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
