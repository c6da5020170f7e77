// Average pooling of any window. A task is a row of output; channels are innermost.
#include "backends/cpu/pool/average_pool.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pool/average_pool.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>

#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// Rows are added up one by one and then together, so that the error grows with the window's sides, not with its area.
void RunAveragePool(const AveragePoolProblem& problem, const AveragePoolArgs& args, size_t first_task, size_t last_task,
                    float*) noexcept {
  const kernels::PoolProblem& p = problem.pool;
  const ConstView& in = args.input;
  for (size_t y = first_task; y < last_task; ++y) {
    const int row = static_cast<int>(y) * p.stride_h - p.pad_top;
    const int top = std::max(row, 0), bottom = std::min(row + p.window_h, p.in_h);
    float* out = args.output.data + y * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    for (int x = 0; x < p.out_w; ++x, out += args.output.pixel_stride) {
      const int column = x * p.stride_w - p.pad_left;
      const int left = std::max(column, 0), right = std::min(column + p.window_w, p.in_w);
      const int count = problem.count_padding ? p.window_h * p.window_w : (bottom - top) * (right - left);
      const FloatVec scale = hn::Set(FloatTag(), 1.0f / static_cast<float>(count));
      ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
        FloatVec sum = hn::Zero(FloatTag());
        for (int r = top; r < bottom; ++r) {
          const float* from =
              in.data +
              (static_cast<size_t>(r) * static_cast<size_t>(in.width) + static_cast<size_t>(left)) * in.pixel_stride +
              c;
          FloatVec row_sum = hn::Zero(FloatTag());
          for (int s = left; s < right; ++s, from += in.pixel_stride) row_sum = hn::Add(row_sum, access.Load(from));
          sum = hn::Add(sum, row_sum);
        }
        access.Store(hn::Mul(sum, scale), out + c);
      });
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunAveragePoolFor, RunAveragePool)

namespace {

bool SupportsAveragePool(const AveragePoolProblem& problem) {
  const kernels::PoolProblem& p = problem.pool;
  const auto fits = [](int64_t a, int64_t b) { return a > 0 && b > 0 && a * b <= (1 << 30); };
  return fits(p.in_h, p.in_w) && fits(p.out_h, p.stride_h) && fits(p.out_w, p.stride_w) &&
         fits(p.window_h, p.window_w) && p.channels > 0;
}

constexpr AveragePoolAlgorithm kAlgorithms[] = {
    {.name = "average",
     .supports = SupportsAveragePool,
     .packed_floats = [](const AveragePoolProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const AveragePoolProblem& p) { return static_cast<size_t>(p.pool.out_h); },
     .scratch_floats = [](const AveragePoolProblem&) { return size_t{0}; },
     .run_for = RunAveragePoolFor},
};

}  // namespace

std::span<const AveragePoolAlgorithm> AveragePoolAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
