// Add, scale-and-shift, PReLU and copy: bound by memory. A task is a row of output; channels are innermost.
#include "backends/cpu/elementwise/elementwise.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <cstring>

#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

HWY_INLINE const float* Pixel(const ConstView& view, size_t index) { return view.data + index * view.pixel_stride; }
HWY_INLINE float* Pixel(const View& view, size_t index) { return view.data + index * view.pixel_stride; }

void RunAdd(const AddProblem& p, const AddArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  const Clamp clamp = MakeClamp(p.activation);
  const size_t width = static_cast<size_t>(p.width);
  for (size_t i = first_task * width; i < last_task * width; ++i) {
    const float *a = Pixel(args.a, i), *b = Pixel(args.b, i);
    float* const out = Pixel(args.output, i);
    ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
      access.Store(Apply(clamp, hn::Add(access.Load(a + c), access.Load(b + c))), out + c);
    });
  }
}

void RunScaleShift(const ScaleShiftProblem& p, const ScaleShiftArgs& args, size_t first_task, size_t last_task,
                   float*) noexcept {
  const Clamp clamp = MakeClamp(p.activation);
  const size_t width = static_cast<size_t>(p.width);
  for (size_t i = first_task * width; i < last_task * width; ++i) {
    const float* const in = Pixel(args.input, i);
    float* const out = Pixel(args.output, i);
    ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
      const FloatVec scale = hn::LoadU(FloatTag(), args.scale + c), shift = hn::LoadU(FloatTag(), args.shift + c);
      access.Store(Apply(clamp, hn::MulAdd(access.Load(in + c), scale, shift)), out + c);
    });
  }
}

// max(x, 0) + slope * min(x, 0): one of the two is zero, so nothing is rounded but the product.
void RunPrelu(const PreluProblem& p, const PreluArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  const size_t width = static_cast<size_t>(p.width);
  for (size_t i = first_task * width; i < last_task * width; ++i) {
    const float* const in = Pixel(args.input, i);
    float* const out = Pixel(args.output, i);
    ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
      const FloatVec x = access.Load(in + c), zero = hn::Zero(FloatTag());
      const FloatVec slope = hn::LoadU(FloatTag(), args.slope + c);
      access.Store(hn::MulAdd(slope, hn::Min(x, zero), hn::Max(x, zero)), out + c);
    });
  }
}

// Numbers of whatever size: their bits are moved.
template <class InputView, class OutputView>
void CopyRows(const CopyProblem& p, const InputView& from, const OutputView& to, size_t first, size_t last) {
  const size_t bytes = static_cast<size_t>(p.channels) * sizeof(*to.data);
  for (size_t row = first; row < last; ++row) {
    const int y = static_cast<int>(row) - p.pad_top;
    for (int column = 0; column < p.out_w; ++column) {
      const int x = column - p.pad_left;
      auto* const out = to.data + (row * static_cast<size_t>(p.out_w) + static_cast<size_t>(column)) * to.pixel_stride;
      if (y < 0 || y >= p.in_h || x < 0 || x >= p.in_w) {
        std::memset(out, 0, bytes);
        continue;
      }
      const size_t pixel = static_cast<size_t>(y) * static_cast<size_t>(p.in_w) + static_cast<size_t>(x);
      std::memcpy(out, from.data + pixel * from.pixel_stride, bytes);
    }
  }
}

void RunCopy(const CopyProblem& p, const CopyArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  if (args.bf16_input.data != nullptr) {
    CopyRows(p, args.bf16_input, args.bf16_output, first_task, last_task);
  } else {
    CopyRows(p, args.input, args.output, first_task, last_task);
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunAddFor, RunAdd)
SINEW_DEFINE_RUN_FOR(RunScaleShiftFor, RunScaleShift)
SINEW_DEFINE_RUN_FOR(RunPreluFor, RunPrelu)
SINEW_DEFINE_RUN_FOR(RunCopyFor, RunCopy)

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

bool SupportsCopy(const CopyProblem& p) {
  return p.in_h > 0 && p.in_w > 0 && p.channels > 0 && p.out_h > 0 && p.out_w > 0;
}

constexpr AddAlgorithm kAdd[] = {{.name = "add",
                                  .supports = HasPixels,
                                  .packed_floats = None,
                                  .pack = nullptr,
                                  .task_count = Rows,
                                  .scratch_floats = None,
                                  .run_for = RunAddFor}};
constexpr ScaleShiftAlgorithm kScaleShift[] = {{.name = "scale_shift",
                                                .supports = HasPixels,
                                                .packed_floats = None,
                                                .pack = nullptr,
                                                .task_count = Rows,
                                                .scratch_floats = None,
                                                .run_for = RunScaleShiftFor}};
constexpr PreluAlgorithm kPrelu[] = {{.name = "prelu",
                                      .supports = HasPixels,
                                      .packed_floats = None,
                                      .pack = nullptr,
                                      .task_count = Rows,
                                      .scratch_floats = None,
                                      .run_for = RunPreluFor}};
constexpr CopyAlgorithm kCopy[] = {{.name = "copy",
                                    .storage = kernels::Storage::kSameType,
                                    .supports = SupportsCopy,
                                    .packed_floats = None,
                                    .pack = nullptr,
                                    .task_count = [](const CopyProblem& p) { return static_cast<size_t>(p.out_h); },
                                    .scratch_floats = None,
                                    .run_for = RunCopyFor}};

}  // namespace

std::span<const AddAlgorithm> AddAlgorithms() { return kAdd; }
std::span<const ScaleShiftAlgorithm> ScaleShiftAlgorithms() { return kScaleShift; }
std::span<const PreluAlgorithm> PreluAlgorithms() { return kPrelu; }
std::span<const CopyAlgorithm> CopyAlgorithms() { return kCopy; }

}  // namespace sinew::cpu
#endif
