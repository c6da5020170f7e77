// Max pooling of any window, of f32 or bf16. A task is a row of output; channels are innermost.
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

using HalfTag = hn::Rebind<uint16_t, FloatTag>;
using WordTag = hn::Rebind<uint32_t, FloatTag>;

// Vectors of channels as floats, whatever they lie as; whole ones, or those of which only some channels exist.
template <class Access>
HWY_INLINE FloatVec Load(Access access, const float* from) {
  return access.Load(from);
}
template <class Access>
HWY_INLINE void Store(Access access, FloatVec value, float* to) {
  access.Store(value, to);
}

HWY_INLINE FloatVec Widen(hn::Vec<HalfTag> halves) {
  return hn::BitCast(FloatTag(), hn::ShiftLeft<16>(hn::PromoteTo(WordTag(), halves)));
}
// Of floats that are bf16.
HWY_INLINE hn::Vec<HalfTag> Narrow(FloatVec value) {
  const hn::RebindToSigned<FloatTag> whole;
  return hn::DemoteTo(HalfTag(), hn::BitCast(whole, hn::ShiftRight<16>(hn::BitCast(WordTag(), value))));
}
HWY_INLINE FloatVec Load(WholeVector, const uint16_t* from) { return Widen(hn::LoadU(HalfTag(), from)); }
HWY_INLINE void Store(WholeVector, FloatVec value, uint16_t* to) { hn::StoreU(Narrow(value), HalfTag(), to); }
HWY_INLINE FloatVec Load(PartialVector access, const uint16_t* from) {
  HWY_ALIGN uint16_t lanes[kLanes] = {};
  for (int i = 0; i < access.count; ++i) lanes[i] = from[i];
  return Widen(hn::Load(HalfTag(), lanes));
}
HWY_INLINE void Store(PartialVector access, FloatVec value, uint16_t* to) {
  HWY_ALIGN uint16_t lanes[kLanes];
  hn::Store(Narrow(value), HalfTag(), lanes);
  for (int i = 0; i < access.count; ++i) to[i] = lanes[i];
}

// The part of the window at (y, x) that lies inside the input; bind and planner see to it that there is one.
template <class InputView, class Number>
inline void MaxPoolPixel(const PoolProblem& p, const InputView& in, int y, int x, Number* out) {
  const int top = std::max(y * p.stride_h - p.pad_top, 0), left = std::max(x * p.stride_w - p.pad_left, 0);
  const int bottom = std::min(y * p.stride_h - p.pad_top + p.window_h, p.in_h);
  const int right = std::min(x * p.stride_w - p.pad_left + p.window_w, p.in_w);
  ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec best = hn::Set(FloatTag(), -HUGE_VALF);
    for (int row = top; row < bottom; ++row) {
      const Number* from =
          in.data +
          (static_cast<size_t>(row) * static_cast<size_t>(in.width) + static_cast<size_t>(left)) * in.pixel_stride + c;
      for (int column = left; column < right; ++column, from += in.pixel_stride)
        best = hn::Max(best, Load(access, from));
    }
    Store(access, best, out + c);
  });
}

template <class InputView, class OutputView>
void MaxPoolRows(const PoolProblem& p, const InputView& in, const OutputView& output, size_t first, size_t last) {
  for (size_t y = first; y < last; ++y) {
    auto* out = output.data + y * static_cast<size_t>(p.out_w) * output.pixel_stride;
    for (int x = 0; x < p.out_w; ++x, out += output.pixel_stride) MaxPoolPixel(p, in, static_cast<int>(y), x, out);
  }
}

void RunMaxPool(const PoolProblem& p, const PoolArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  if (args.bf16_input.data != nullptr) {
    MaxPoolRows(p, args.bf16_input, args.bf16_output, first_task, last_task);
  } else {
    MaxPoolRows(p, args.input, args.output, first_task, last_task);
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
     .storage = kernels::Storage::kSameType,
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
