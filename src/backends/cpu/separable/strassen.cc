// Separable convolution by patches, as in separable.cc, whose pointwise half goes by Strassen's algorithm. The sums of
// rows that it wants are made where the depthwise results are, in registers where there are enough.
#include "backends/cpu/separable/strassen.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/separable/strassen.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/cost.h"
#include "backends/cpu/depthwise/depthwise-inl.h"
#include "backends/cpu/depthwise/pack.h"
#include "backends/cpu/gemm/strassen-inl.h"
#include "backends/cpu/separable/patch_tiling.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// Pixels of two rows, one above the other: those of the upper and of the lower half of the product. What says where
// results go comes by value: otherwise the compiler reads it again after every store.
template <int kStride, int kWidth, bool kClipped>
void StrassenDepthwiseTiles(const DepthwiseProblem& p, const DepthwiseChannels& in, const DepthwiseRun& run,
                            PatchOutput out, StrassenOperands o, float* sums) {
  const Depthwise3x3<kStride, 2, kWidth, kClipped> tiles(p, in, run);
  for (int c = run.first_channel; c < run.last_channel; c += kLanes) {
    float* a = out.data + c;
    float* s = sums + c;
    for (int tile = 0; tile < run.tiles; ++tile) {
      FloatVec left[2][kWidth], right[2][kWidth];
      tiles.Compute(WholeVector(), tile, c, left);
      const int right_channels = o.depth.second - c;
      if (right_channels >= kLanes) {
        tiles.Compute(WholeVector(), tile, c + o.depth.first, right);
      } else if (right_channels > 0) {
        tiles.Compute(PartialVector{right_channels}, tile, c + o.depth.first, right);
        const auto channels = hn::FirstN(FloatTag(), static_cast<size_t>(right_channels));
        SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
          right[0][j] = hn::IfThenElseZero(channels, right[0][j]);
          right[1][j] = hn::IfThenElseZero(channels, right[1][j]);
        }
      } else {
        SINEW_UNROLL for (int j = 0; j < kWidth; ++j) right[0][j] = right[1][j] = hn::Zero(FloatTag());
      }
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j, a += out.pixel_stride, s += o.s_stride) {
        hn::StoreU(left[0][j], FloatTag(), a);
        if (right_channels > 0) {  // scratch is there for whole vectors
          hn::StoreU(right[0][j], FloatTag(), a + o.depth.first);
          hn::StoreU(right[1][j], FloatTag(), a + out.row_stride + o.depth.first);
        }
        StoreSums(left[0][j], right[0][j], left[1][j], right[1][j], s, o.s_floats);
      }
    }
  }
}

using StrassenDepthwiseTilesFunction = void (*)(const DepthwiseProblem&, const DepthwiseChannels&, const DepthwiseRun&,
                                                PatchOutput, StrassenOperands, float*);
template <int kStride, bool kClipped>
inline constexpr std::array<StrassenDepthwiseTilesFunction, kTileWidth> kStrassenDepthwiseTileRow = {
    StrassenDepthwiseTiles<kStride, 1, kClipped>, StrassenDepthwiseTiles<kStride, 2, kClipped>,
    StrassenDepthwiseTiles<kStride, 3, kClipped>, StrassenDepthwiseTiles<kStride, 4, kClipped>};
// [stride - 1][clipped][width - 1]
inline constexpr std::array<StrassenDepthwiseTilesFunction, kTileWidth> kStrassenDepthwiseTiles[2][2] = {
    {kStrassenDepthwiseTileRow<1, false>, kStrassenDepthwiseTileRow<1, true>},
    {kStrassenDepthwiseTileRow<2, false>, kStrassenDepthwiseTileRow<2, true>}};

// Two halves of channels at once take 26 registers.
inline constexpr bool kSumsFromRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;

// DepthwisePatch, and the sums of its rows for Strassen's algorithm. Two rows of pixels are the two halves of the
// product; a single row's halves are its own.
inline void DepthwiseOperands(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, int height,
                              int width, const PatchOutput& out, const StrassenOperands& o) {
  if (!kSumsFromRegisters || height == 1 || !TakesTiles(p)) {
    DepthwisePatch(p, in, y, x, height, width, out);
    return MakeSums(o, (height * width + 1) / 2);
  }
  ForEachRun(p, in.input, o.depth.first, y, x, height, width, [&](const DepthwiseRun& run) {
    const size_t pixel = static_cast<size_t>(run.x - x);
    kStrassenDepthwiseTiles[p.stride_w - 1][run.clipped][static_cast<size_t>(run.width - 1)](
        p, in, run, {out.data + pixel * out.pixel_stride, out.row_stride, out.pixel_stride}, o,
        o.s1 + pixel * o.s_stride);
  });
}

template <int kLevels>
void RunStrassenPatches(const SeparableProblem& p, const SeparableArgs& args, size_t first_task, size_t last_task,
                        float* scratch) noexcept {
  const DepthwiseProblem& d = p.depthwise;
  const PatchTiling tiling = MakePatchTiling(d);
  const DepthwiseChannels channels = MakeDepthwiseChannels(d, args.input, args.packed, args.depthwise_bias);
  const size_t pixel_floats = static_cast<size_t>(RoundUpToChannelBlock(d.channels));
  for (size_t task = first_task; task < last_task; ++task) {
    const auto [y, x, height, width] = tiling.At(task);
    const size_t pixel = static_cast<size_t>(y) * static_cast<size_t>(d.out_w) + static_cast<size_t>(x);
    const NewInputs next = NextInputs(d, tiling, task, args.input);
    GemmArgs product = PointwiseArgs(p, args, scratch, pixel);
    product.next = next.data;
    product.next_floats = next.floats;
    const StrassenProblem problem = {.product = PointwiseProduct(p, height * width), .levels = kLevels};
    const StrassenArgs strassen_args = {
        .product = product,
        .out_lower = static_cast<size_t>(height == 1 ? width / 2 : d.out_w) * args.output.pixel_stride,
        .next_lower = next.lower,
        .scratch = scratch + tiling.Pixels() * pixel_floats};
    const StrassenStart start = BeginStrassen(problem, strassen_args);
    DepthwiseOperands(d, channels, y, x, height, width,
                      {scratch, static_cast<size_t>(width) * pixel_floats, pixel_floats}, start.operands);
    FinishStrassen(problem, strassen_args, start);
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunStrassen1PatchesFor, RunStrassenPatches<1>)
SINEW_DEFINE_RUN_FOR(RunStrassen2PatchesFor, RunStrassenPatches<2>)

namespace {
double Pixels(const SeparableProblem& p) { return static_cast<double>(p.depthwise.out_h) * p.depthwise.out_w; }
double DepthwiseMultiplyAdds(const SeparableProblem& p) {
  return Pixels(p) * p.depthwise.channels * p.depthwise.kernel_h * p.depthwise.kernel_w;
}
}  // namespace

bool SupportsStrassenPatches(int levels, const SeparableProblem& p) {
  return FitsInt32Indexing(p.depthwise) && p.out_k > 0 && p.out_k <= (1 << 30) &&
         SupportsStrassen(levels, p.depthwise.channels, p.out_k);
}

size_t PackedStrassenPatchesFloats(int levels, const SeparableProblem& p) {
  return PackedDepthwiseFloats(p.depthwise) + PackedStrassenFloats(levels, p.depthwise.channels, p.out_k);
}

void PackStrassenPatches(int levels, const SeparableProblem& p, const float* weights, float* packed) {
  PackDepthwise(p.depthwise, weights, packed);
  PackStrassen(levels, p.depthwise.channels, p.out_k, PointwiseWeights(p, weights),
               packed + PackedDepthwiseFloats(p.depthwise));
}

size_t StrassenPatchesScratch(int levels, const SeparableProblem& p) {
  const size_t pixels = MakePatchTiling(p.depthwise).Pixels();
  return pixels * static_cast<size_t>(RoundUpToChannelBlock(p.depthwise.channels)) +
         StrassenScratchFloats(levels, static_cast<int>(pixels), p.depthwise.channels, p.out_k);
}

double StrassenPatchesCost(int levels, const SeparableProblem& p) {
  return DepthwiseCost(DepthwiseMultiplyAdds(p)) +
         StrassenCost(levels, Pixels(p), p.depthwise.channels, p.out_k, kSumsInRegisters) +
         PatchWeightCost(p, PackedStrassenPatchesFloats(levels, p));
}

double StrassenPatchesMultiplyAdds(int levels, const SeparableProblem& p) {
  return DepthwiseMultiplyAdds(p) + StrassenMultiplyAdds(levels, Pixels(p), p.depthwise.channels, p.out_k);
}

}  // namespace sinew::cpu
#endif
