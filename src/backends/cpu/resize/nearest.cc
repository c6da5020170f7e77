// Resize by the nearest pixel. A task is a row of output; channels are innermost.
#include "backends/cpu/resize/nearest.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/resize/nearest.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/resize/source_position.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

void RunNearest(const ResizeNearestProblem& problem, const NearestArgs& args, size_t first_task, size_t last_task,
                float*) noexcept {
  const kernels::ResizeProblem& p = problem.resize;
  const auto nearest = [&](int i, int in, int out) {
    return FindNearest(i, in, out, p.align_corners, p.half_pixel_centers, problem.rounding);
  };
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t y = static_cast<size_t>(nearest(static_cast<int>(task), p.in_h, p.out_h));
    const float* const row = args.input.data + y * static_cast<size_t>(p.in_w) * args.input.pixel_stride;
    float* out = args.output.data + task * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    for (int column = 0; column < p.out_w; ++column, out += args.output.pixel_stride) {
      const float* const from = row + static_cast<size_t>(nearest(column, p.in_w, p.out_w)) * args.input.pixel_stride;
      ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR { access.Store(access.Load(from + c), out + c); });
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunNearestFor, RunNearest)

namespace {

bool SupportsNearest(const ResizeNearestProblem& problem) {
  const kernels::ResizeProblem& p = problem.resize;
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= (1 << 30); };
  return fits(p.in_h, p.in_w) && fits(p.out_h, p.out_w) && p.channels > 0 && !(p.align_corners && p.half_pixel_centers);
}

constexpr NearestAlgorithm kAlgorithms[] = {
    {.name = "nearest",
     .supports = SupportsNearest,
     .packed_floats = [](const ResizeNearestProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const ResizeNearestProblem& p) { return static_cast<size_t>(p.resize.out_h); },
     .scratch_floats = [](const ResizeNearestProblem&) { return size_t{0}; },
     .run_for = RunNearestFor},
};

}  // namespace

std::span<const NearestAlgorithm> NearestAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
