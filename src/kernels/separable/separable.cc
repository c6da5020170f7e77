// The separable family: a block of pixels of the depthwise result goes into scratch that stays in L2, and is multiplied
// by the pointwise weights at once.
//   out[p,k] = act(b2[k] + sum_c act1(b1[c] + depthwise[p,c]) * w[c,k])
// The tensor between the two, as large as the input, is neither written to memory nor read back.
#include "kernels/separable/separable.h"

#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/separable/separable.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/depthwise/depthwise-inl.h"
#include "kernels/depthwise/pack.h"
#include "kernels/gemm/gemm-inl.h"
#include "kernels/row_block.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

// Output pixels [first, first + count) of the depthwise half, dense rows of `channels` floats. A run ends with its row.
inline void DepthwiseBlock(const DepthwiseProblem& p, const SeparableArgs& args, int first, int count, float* out) {
  for (int pixel = first; pixel < first + count;) {
    const int y = pixel / p.out_w, x = pixel % p.out_w;
    const int last = std::min(p.out_w, x + first + count - pixel);
    DepthwiseRun(p, args.input, args.packed, args.depthwise_bias, y, x, last, out, static_cast<size_t>(p.channels));
    out += static_cast<size_t>(last - x) * static_cast<size_t>(p.channels);
    pixel += last - x;
  }
}

void RunSeparable(const SeparableProblem& p, const SeparableArgs& args, size_t first_task, size_t last_task, float* scratch) noexcept {
  const RowBlocks blocks = RowBlocksOf(p.depthwise.out_h * p.depthwise.out_w, p.depthwise.channels);
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    DepthwiseBlock(p.depthwise, args, static_cast<int>(first), blocks.Count(task), scratch);
    Multiply({.rows = blocks.Count(task),
              .depth = p.depthwise.channels,
              .columns = p.out_k,
              .a = scratch,
              .a_stride = static_cast<size_t>(p.depthwise.channels),
              .packed = args.packed + PackedDepthwiseFloats(p.depthwise),
              .bias = args.pointwise_bias,
              .out = args.output.data + first * args.output.pixel_stride,
              .out_stride = args.output.pixel_stride,
              .activation = p.activation});
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunSeparableFor, RunSeparable)

namespace {

RowBlocks Blocks(const SeparableProblem& p) { return RowBlocksOf(p.depthwise.out_h * p.depthwise.out_w, p.depthwise.channels); }

// The depthwise weights are whole blocks of 16 floats, so that the panels behind them are aligned.
size_t PackedSeparableFloats(const SeparableProblem& p) {
  return PackedDepthwiseFloats(p.depthwise) + PackedFloats(p.depthwise.channels, p.out_k);
}

void PackSeparable(const SeparableProblem& p, const float* weights, float* packed) {
  const DepthwiseProblem& d = p.depthwise;
  PackDepthwise(d, weights, packed);
  const float* const pointwise = weights + static_cast<size_t>(d.kernel_h * d.kernel_w) * static_cast<size_t>(d.channels);
  PackPanels(d.channels, p.out_k, pointwise, packed + PackedDepthwiseFloats(d));
}

constexpr SeparableAlgorithm kAlgorithms[] = {
    {"row_blocks",
     [](const SeparableProblem& p) { return IsSane(p.depthwise) && p.out_k > 0 && p.out_k <= (1 << 30); },
     PackedSeparableFloats, PackSeparable, [](const SeparableProblem& p) { return Blocks(p).Tasks(); },
     [](const SeparableProblem& p) { return static_cast<size_t>(Blocks(p).block) * static_cast<size_t>(p.depthwise.channels); },
     RunSeparableFor},
};

}  // namespace

std::span<const SeparableAlgorithm> SeparableAlgorithms() { return kAlgorithms; }

}  // namespace sinew::kernels
#endif
