// Sums, differences, products and quotients of pictures. A task is a row of output; channels are innermost.
#include "backends/cpu/elementwise/combine.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/combine.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// The pixel of a picture, stretched where its size is 1, that meets (y, x) of the output.
HWY_INLINE const float* Stretched(const ConstView& view, int y, int x) {
  const size_t row = view.height == 1 ? 0 : static_cast<size_t>(y),
               column = view.width == 1 ? 0 : static_cast<size_t>(x);
  return view.data + (row * static_cast<size_t>(view.width) + column) * view.pixel_stride;
}

template <class Access>
HWY_INLINE FloatVec LoadStretched(const Access& access, const float* pixel, int channels, int c) {
  return channels == 1 ? hn::Set(FloatTag(), pixel[0]) : access.Load(pixel + c);
}

template <class Operation>
HWY_INLINE void CombineRows(const CombineProblem& p, const CombineArgs& args, size_t first_row, size_t last_row,
                            const Operation& operation) {
  const Clamp clamp = MakeClamp(p.activation);
  for (size_t y = first_row; y < last_row; ++y) {
    float* out = args.output.data + y * static_cast<size_t>(p.width) * args.output.pixel_stride;
    for (int x = 0; x < p.width; ++x, out += args.output.pixel_stride) {
      const float* const a = Stretched(args.a, static_cast<int>(y), x);
      const float* const b = Stretched(args.b, static_cast<int>(y), x);
      ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
        const FloatVec result =
            operation(LoadStretched(access, a, p.a_channels, c), LoadStretched(access, b, p.b_channels, c));
        access.Store(Apply(clamp, result), out + c);
      });
    }
  }
}

void RunCombine(const CombineProblem& p, const CombineArgs& args, size_t first_task, size_t last_task,
                float*) noexcept {
  const auto combine = [&](const auto& operation) HWY_ATTR { CombineRows(p, args, first_task, last_task, operation); };
  switch (p.operation) {
    case kernels::Operation::kAdd:
      return combine([](FloatVec a, FloatVec b) HWY_ATTR { return hn::Add(a, b); });
    case kernels::Operation::kSubtract:
      return combine([](FloatVec a, FloatVec b) HWY_ATTR { return hn::Sub(a, b); });
    case kernels::Operation::kMultiply:
      return combine([](FloatVec a, FloatVec b) HWY_ATTR { return hn::Mul(a, b); });
    case kernels::Operation::kDivide:
      return combine([](FloatVec a, FloatVec b) HWY_ATTR { return hn::Div(a, b); });
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunCombineFor, RunCombine)

namespace {

constexpr CombineAlgorithm kAlgorithms[] = {
    {.name = "combine",
     .supports = [](const CombineProblem& p) { return p.height > 0 && p.width > 0 && p.channels > 0; },
     .packed_floats = [](const CombineProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const CombineProblem& p) { return static_cast<size_t>(p.height); },
     .scratch_floats = [](const CombineProblem&) { return size_t{0}; },
     .run_for = RunCombineFor},
};

}  // namespace

std::span<const CombineAlgorithm> CombineAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
