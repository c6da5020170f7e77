// The depthwise family: one algorithm for every window, fast for 3x3. A task is a strip of kStripHeight rows.
#include "backends/cpu/depthwise/depthwise.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/depthwise/depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/cost.h"
#include "backends/cpu/depthwise/depthwise-inl.h"
#include "backends/cpu/depthwise/pack.h"
#include "backends/cpu/depthwise/strip.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// One output pixel of any window.
void DepthwisePixel(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, float* out) {
  const int top = y * p.stride_h - p.pad_top, left = x * p.stride_w - p.pad_left;
  const TapRange rows = TapsInside(top, p.kernel_h, p.dilation_h, p.in_h);
  const TapRange columns = TapsInside(left, p.kernel_w, p.dilation_w, p.in_w);
  const Clamp clamp = MakeClamp(p.activation);
  ForEachVector(in.input.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sum = hn::LoadU(FloatTag(), in.bias + c);
    for (int r = rows.first; r < rows.last; ++r) {
      const size_t row = static_cast<size_t>(top + r * p.dilation_h) * static_cast<size_t>(p.in_w);
      for (int s = columns.first; s < columns.last; ++s) {
        const float* from =
            in.input.data + (row + static_cast<size_t>(left + s * p.dilation_w)) * in.input.pixel_stride + c;
        const float* w = in.Weights(c) + static_cast<size_t>(r * p.kernel_w + s) * kChannelBlock;
        sum = hn::MulAdd(access.Load(from), hn::LoadU(FloatTag(), w), sum);
      }
    }
    access.Store(Apply(clamp, sum), out + c);
  });
}

template <int kStride, int kHeight, int kWidth, bool kClipped>
void Depthwise3x3Tiles(const DepthwiseProblem& p, const DepthwiseChannels& in, const DepthwiseRun& run,
                       const PatchOutput& out) {
  const Depthwise3x3<kStride, kHeight, kWidth, kClipped> tiles(p, in, run);
  ForEachVector(run.first_channel, run.last_channel, [&](auto access, int c) HWY_ATTR {
    float* to = out.data + c;
    for (int tile = 0; tile < run.tiles; ++tile, to += static_cast<size_t>(kWidth) * out.pixel_stride) {
      FloatVec sums[kHeight][kWidth];
      tiles.Compute(access, tile, c, sums);
      SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
        SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
          access.Store(sums[i][j],
                       to + static_cast<size_t>(i) * out.row_stride + static_cast<size_t>(j) * out.pixel_stride);
        }
      }
    }
  });
}

using Depthwise3x3TilesFunction = void (*)(const DepthwiseProblem&, const DepthwiseChannels&, const DepthwiseRun&,
                                           const PatchOutput&);
template <int kStride, int kHeight, bool kClipped>
inline constexpr std::array<Depthwise3x3TilesFunction, kTileWidth> kDepthwise3x3TileRow = {
    Depthwise3x3Tiles<kStride, kHeight, 1, kClipped>, Depthwise3x3Tiles<kStride, kHeight, 2, kClipped>,
    Depthwise3x3Tiles<kStride, kHeight, 3, kClipped>, Depthwise3x3Tiles<kStride, kHeight, 4, kClipped>};
// [stride - 1][height - 1][clipped][width - 1]
inline constexpr std::array<Depthwise3x3TilesFunction, kTileWidth> kDepthwise3x3Tiles[2][kTileHeight][2] = {
    {{kDepthwise3x3TileRow<1, 1, false>, kDepthwise3x3TileRow<1, 1, true>},
     {kDepthwise3x3TileRow<1, 2, false>, kDepthwise3x3TileRow<1, 2, true>}},
    {{kDepthwise3x3TileRow<2, 1, false>, kDepthwise3x3TileRow<2, 1, true>},
     {kDepthwise3x3TileRow<2, 2, false>, kDepthwise3x3TileRow<2, 2, true>}},
};

void DepthwisePatch(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, int height, int width,
                    const PatchOutput& out) {
  const auto at = [&](int column) { return out.data + static_cast<size_t>(column - x) * out.pixel_stride; };
  if (TakesTiles(p)) {
    return ForEachRun(p, in.input, in.input.channels, y, x, height, width, [&](const DepthwiseRun& run) {
      kDepthwise3x3Tiles[p.stride_w - 1][height - 1][run.clipped][static_cast<size_t>(run.width - 1)](
          p, in, run, {at(run.x), out.row_stride, out.pixel_stride});
    });
  }
  for (int i = 0; i < height; ++i) {
    for (int column = x; column < x + width; ++column) {
      DepthwisePixel(p, in, y + i, column, at(column) + static_cast<size_t>(i) * out.row_stride);
    }
  }
}

void RunDepthwise(const DepthwiseProblem& p, const DepthwiseArgs& args, size_t first_task, size_t last_task,
                  float*) noexcept {
  const DepthwiseChannels channels = MakeDepthwiseChannels(p, args.input, args.packed, args.bias);
  const size_t row_stride = static_cast<size_t>(p.out_w) * args.output.pixel_stride;
  for (size_t task = first_task; task < last_task; ++task) {
    const int y = static_cast<int>(task) * kStripHeight;
    const PatchOutput out = {args.output.data + static_cast<size_t>(y) * row_stride, row_stride,
                             args.output.pixel_stride};
    DepthwisePatch(p, channels, y, 0, std::min(kStripHeight, p.out_h - y), p.out_w, out);
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunDepthwiseFor, RunDepthwise)

namespace {
double DepthwiseMultiplyAdds(const DepthwiseProblem& p) {
  return static_cast<double>(p.out_h) * p.out_w * p.channels * p.kernel_h * p.kernel_w;
}

constexpr DepthwiseAlgorithm kAlgorithms[] = {
    {.name = "rows",
     .supports = FitsInt32Indexing,
     .packed_floats = PackedDepthwiseFloats,
     .pack = PackDepthwise,
     .task_count =
         [](const DepthwiseProblem& p) { return static_cast<size_t>((p.out_h + kStripHeight - 1) / kStripHeight); },
     .scratch_floats = [](const DepthwiseProblem&) { return size_t{0}; },
     .run_for = RunDepthwiseFor,
     .cost = [](const DepthwiseProblem& p) { return DepthwiseCost(DepthwiseMultiplyAdds(p)); },
     .multiply_adds = DepthwiseMultiplyAdds},
};
}  // namespace

std::span<const DepthwiseAlgorithm> DepthwiseAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
