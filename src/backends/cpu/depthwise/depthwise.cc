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
