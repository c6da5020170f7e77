// Bilinear resize. A task is a row of output; channels are innermost.
//   out = top + (bottom - top) * fy,  top = left + (right - left) * fx     (TensorFlow's order of operations)
#include "backends/cpu/resize/resize.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/resize/resize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/resize/source_position.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

HWY_INLINE FloatVec Lerp(FloatVec from, FloatVec to, FloatVec fraction) {
  return hn::MulAdd(hn::Sub(to, from), fraction, from);
}

void RunBilinear(const ResizeProblem& p, const ResizeArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  const ConstView& in = args.input;
  const size_t row_floats = static_cast<size_t>(in.width) * in.pixel_stride;
  for (size_t task = first_task; task < last_task; ++task) {
    const SourcePosition y =
        FindSourcePosition(static_cast<int>(task), p.in_h, p.out_h, p.align_corners, p.half_pixel_centers);
    const float* const top = in.data + static_cast<size_t>(y.lower) * row_floats;
    const float* const bottom = in.data + static_cast<size_t>(y.upper) * row_floats;
    const FloatVec fy = hn::Set(FloatTag(), y.fraction);
    float* out = args.output.data + task * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    for (int column = 0; column < p.out_w; ++column, out += args.output.pixel_stride) {
      const SourcePosition x = FindSourcePosition(column, p.in_w, p.out_w, p.align_corners, p.half_pixel_centers);
      const size_t left = static_cast<size_t>(x.lower) * in.pixel_stride,
                   right = static_cast<size_t>(x.upper) * in.pixel_stride;
      const FloatVec fx = hn::Set(FloatTag(), x.fraction);
      ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
        const FloatVec upper = Lerp(access.Load(top + left + c), access.Load(top + right + c), fx);
        const FloatVec lower = Lerp(access.Load(bottom + left + c), access.Load(bottom + right + c), fx);
        access.Store(Lerp(upper, lower, fy), out + c);
      });
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunBilinearFor, RunBilinear)

namespace {

bool SupportsBilinear(const ResizeProblem& p) {
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= (1 << 30); };
  return fits(p.in_h, p.in_w) && fits(p.out_h, p.out_w) && p.channels > 0 && !(p.align_corners && p.half_pixel_centers);
}

constexpr ResizeAlgorithm kAlgorithms[] = {
    {.name = "bilinear",
     .supports = SupportsBilinear,
     .packed_floats = [](const ResizeProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const ResizeProblem& p) { return static_cast<size_t>(p.out_h); },
     .scratch_floats = [](const ResizeProblem&) { return size_t{0}; },
     .run_for = RunBilinearFor},
};

}  // namespace

std::span<const ResizeAlgorithm> ResizeAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
