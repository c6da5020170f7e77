// Functions of elements, and softmax. A task is a row of output; channels are innermost.
//
// Exponentials are Highway's, good to a few units in the last place: Exp 1, Expm1 and Tanh 4, Log1p 2 (map_test.cc).
#include "backends/cpu/map/map.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/map/map.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <cstddef>

#include <hwy/contrib/math/math-inl.h>
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// Highway's exponentials are defined to 104, beyond which a float is infinite anyway.
constexpr float kLargestExponent = 104;

HWY_INLINE FloatVec ExpOf(FloatVec x) { return hn::Exp(FloatTag(), hn::Min(x, hn::Set(FloatTag(), kLargestExponent))); }

template <class Function>
HWY_INLINE void MapRows(const MapProblem& p, const MapArgs& args, size_t first_row, size_t last_row,
                        const Function& function) {
  const size_t width = static_cast<size_t>(p.width);
  for (size_t i = first_row * width; i < last_row * width; ++i) {
    const float* const in = args.input.data + i * args.input.pixel_stride;
    float* const out = args.output.data + i * args.output.pixel_stride;
    ForEachVector(p.channels,
                  [&](auto access, int c) HWY_ATTR { access.Store(function(access.Load(in + c)), out + c); });
  }
}

void RunMap(const MapProblem& p, const MapArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  const FloatTag d;
  const FloatVec alpha = hn::Set(d, p.alpha), beta = hn::Set(d, p.beta), zero = hn::Zero(d), one = hn::Set(d, 1);
  const auto map = [&](const auto& function) HWY_ATTR { MapRows(p, args, first_task, last_task, function); };
  switch (p.function) {
    case kernels::Function::kNone:
      return map([](FloatVec x) HWY_ATTR { return x; });
    case kernels::Function::kAbs:
      return map([](FloatVec x) HWY_ATTR { return hn::Abs(x); });
    case kernels::Function::kClip:
      return map([&](FloatVec x) HWY_ATTR { return hn::Min(hn::Max(x, alpha), beta); });
    case kernels::Function::kElu:
      return map([&](FloatVec x) HWY_ATTR {
        const FloatVec below = hn::Mul(alpha, hn::Expm1(FloatTag(), hn::Min(x, zero)));
        return hn::IfThenElse(hn::Lt(x, zero), below, x);
      });
    case kernels::Function::kExp:
      return map([](FloatVec x) HWY_ATTR { return ExpOf(x); });
    case kernels::Function::kHardSigmoid:
      return map([&](FloatVec x) HWY_ATTR { return hn::Min(hn::Max(hn::MulAdd(alpha, x, beta), zero), one); });
    case kernels::Function::kHardSwish: {
      const FloatVec sixth = hn::Set(d, 1.0f / 6), half = hn::Set(d, 0.5f);
      return map([&](FloatVec x)
                     HWY_ATTR { return hn::Mul(x, hn::Min(hn::Max(hn::MulAdd(x, sixth, half), zero), one)); });
    }
    case kernels::Function::kSigmoid:
      return map([&](FloatVec x) HWY_ATTR { return hn::Div(one, hn::Add(one, ExpOf(hn::Neg(x)))); });
    case kernels::Function::kSoftplus:
      return map([&](FloatVec x)
                     HWY_ATTR { return hn::Add(hn::Max(x, zero), hn::Log1p(FloatTag(), ExpOf(hn::Neg(hn::Abs(x))))); });
    case kernels::Function::kSqrt:
      return map([](FloatVec x) HWY_ATTR { return hn::Sqrt(x); });
    case kernels::Function::kTanh:
      return map([](FloatVec x) HWY_ATTR { return hn::Tanh(FloatTag(), x); });
  }
}

void RunSoftmax(const SoftmaxProblem& p, const SoftmaxArgs& args, size_t first_task, size_t last_task,
                float*) noexcept {
  const FloatTag d;
  const size_t width = static_cast<size_t>(p.width);
  for (size_t i = first_task * width; i < last_task * width; ++i) {
    const float* const in = args.input.data + i * args.input.pixel_stride;
    float* const out = args.output.data + i * args.output.pixel_stride;
    float largest = in[0];
    for (int c = 1; c < p.channels; ++c) largest = in[c] > largest ? in[c] : largest;
    const FloatVec shift = hn::Set(d, largest);
    ForEachVector(p.channels, [&](auto access, int c)
                                  HWY_ATTR { access.Store(ExpOf(hn::Sub(access.Load(in + c), shift)), out + c); });
    float sum = 0;
    for (int c = 0; c < p.channels; ++c) sum += out[c];
    const FloatVec scale = hn::Set(d, 1 / sum);
    ForEachVector(p.channels,
                  [&](auto access, int c) HWY_ATTR { access.Store(hn::Mul(access.Load(out + c), scale), out + c); });
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunMapFor, RunMap)
SINEW_DEFINE_RUN_FOR(RunSoftmaxFor, RunSoftmax)

namespace {

template <class Problem>
size_t None(const Problem&) {
  return 0;
}
template <class Problem>
size_t Rows(const Problem& p) {
  return static_cast<size_t>(p.height);
}
template <class Problem>
bool HasPixels(const Problem& p) {
  return p.height > 0 && p.width > 0 && p.channels > 0;
}

constexpr MapAlgorithm kMap[] = {{.name = "map",
                                  .supports = HasPixels,
                                  .packed_floats = None,
                                  .pack = nullptr,
                                  .task_count = Rows,
                                  .scratch_floats = None,
                                  .run_for = RunMapFor}};
constexpr SoftmaxAlgorithm kSoftmax[] = {{.name = "softmax",
                                          .supports = HasPixels,
                                          .packed_floats = None,
                                          .pack = nullptr,
                                          .task_count = Rows,
                                          .scratch_floats = None,
                                          .run_for = RunSoftmaxFor}};

}  // namespace

std::span<const MapAlgorithm> MapAlgorithms() { return kMap; }
std::span<const SoftmaxAlgorithm> SoftmaxAlgorithms() { return kSoftmax; }

}  // namespace sinew::cpu
#endif
