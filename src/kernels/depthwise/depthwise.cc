// The depthwise family: one algorithm for every window, fast for 3x3. A task is a row of output.
#include "kernels/depthwise/depthwise.h"

#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise/depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/depthwise/depthwise-inl.h"
#include "kernels/depthwise/pack.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

void RunDepthwise(const DepthwiseProblem& p, const DepthwiseArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  for (size_t y = first_task; y < last_task; ++y) {
    float* const out = args.output.data + y * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    DepthwiseRun(p, args.input, args.packed, args.bias, static_cast<int>(y), 0, p.out_w, out, args.output.pixel_stride);
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunDepthwiseFor, RunDepthwise)

namespace {
constexpr DepthwiseAlgorithm kAlgorithms[] = {
    {"rows", IsSane, PackedDepthwiseFloats, PackDepthwise, [](const DepthwiseProblem& p) { return static_cast<size_t>(p.out_h); },
     [](const DepthwiseProblem&) { return size_t{0}; }, RunDepthwiseFor},
};
}  // namespace

std::span<const DepthwiseAlgorithm> DepthwiseAlgorithms() { return kAlgorithms; }

}  // namespace sinew::kernels
#endif
