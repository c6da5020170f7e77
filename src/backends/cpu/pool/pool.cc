// Max pooling of any window. A task is a row of output; channels are innermost.
#include "backends/cpu/pool/pool.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pool/pool.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>

#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// The part of the window at (y, x) that lies inside the input; bind and planner see to it that there is one.
inline void MaxPoolPixel(const PoolProblem& p, const ConstView& in, int y, int x, float* out) {
  const int top = std::max(y * p.stride_h - p.pad_top, 0), left = std::max(x * p.stride_w - p.pad_left, 0);
  const int bottom = std::min(y * p.stride_h - p.pad_top + p.window_h, p.in_h);
  const int right = std::min(x * p.stride_w - p.pad_left + p.window_w, p.in_w);
  ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec best = hn::Set(FloatTag(), -HUGE_VALF);
    for (int row = top; row < bottom; ++row) {
      const float* from =
          in.data +
          (static_cast<size_t>(row) * static_cast<size_t>(in.width) + static_cast<size_t>(left)) * in.pixel_stride + c;
      for (int column = left; column < right; ++column, from += in.pixel_stride)
        best = hn::Max(best, access.Load(from));
    }
    access.Store(best, out + c);
  });
}

void RunMaxPool(const PoolProblem& p, const PoolArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  for (size_t y = first_task; y < last_task; ++y) {
    float* out = args.output.data + y * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    for (int x = 0; x < p.out_w; ++x, out += args.output.pixel_stride) {
      MaxPoolPixel(p, args.input, static_cast<int>(y), x, out);
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunMaxPoolFor, RunMaxPool)

namespace {

bool SupportsMaxPool(const PoolProblem& p) {
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= (1 << 30); };
  return fits(p.in_h, p.in_w) && fits(p.out_h, p.stride_h) && fits(p.out_w, p.stride_w) &&
         fits(p.window_h, p.window_w) && p.channels > 0;
}

constexpr PoolAlgorithm kAlgorithms[] = {
    {.name = "max",
     .supports = SupportsMaxPool,
     .packed_floats = [](const PoolProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const PoolProblem& p) { return static_cast<size_t>(p.out_h); },
     .scratch_floats = [](const PoolProblem&) { return size_t{0}; },
     .run_for = RunMaxPoolFor},
};

}  // namespace

std::span<const PoolAlgorithm> PoolAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
