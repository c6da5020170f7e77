// Blocks of pixels made of channels. A task is a row of output.
#include "backends/cpu/resize/depth_to_space.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/resize/depth_to_space.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

void RunDepthToSpace(const DepthToSpaceProblem& p, const DepthToSpaceArgs& args, size_t first_task, size_t last_task,
                     float*) noexcept {
  const int pixels = p.block * p.block, channels = p.in_c / pixels;
  for (size_t y = first_task; y < last_task; ++y) {
    const size_t block = static_cast<size_t>(p.block);
    const int first_pixel = static_cast<int>(y % block) * p.block;
    const float* const row = args.input.data + y / block * static_cast<size_t>(p.in_w) * args.input.pixel_stride;
    float* out = args.output.data + y * static_cast<size_t>(p.out_w) * args.output.pixel_stride;
    for (int x = 0; x < p.out_w; ++x, out += args.output.pixel_stride) {
      const float* const in = row + static_cast<size_t>(x / p.block) * args.input.pixel_stride;
      const int pixel = first_pixel + x % p.block;
      if (p.pixels_innermost) {
        for (int k = 0; k < channels; ++k) out[k] = in[k * pixels + pixel];
        continue;
      }
      const float* const from = in + pixel * channels;
      ForEachVector(channels, [&](auto access, int c) HWY_ATTR { access.Store(access.Load(from + c), out + c); });
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunDepthToSpaceFor, RunDepthToSpace)

namespace {

constexpr DepthToSpaceAlgorithm kAlgorithms[] = {
    {.name = "depth_to_space",
     .supports = [](const DepthToSpaceProblem& p) { return p.block > 0 && p.in_c % (p.block * p.block) == 0; },
     .packed_floats = [](const DepthToSpaceProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const DepthToSpaceProblem& p) { return static_cast<size_t>(p.out_h); },
     .scratch_floats = [](const DepthToSpaceProblem&) { return size_t{0}; },
     .run_for = RunDepthToSpaceFor},
};

}  // namespace

std::span<const DepthToSpaceAlgorithm> DepthToSpaceAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
