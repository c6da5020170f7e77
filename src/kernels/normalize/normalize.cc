// Normalisation by the picture's own statistics. A task is a block of kChannelBlock channels: one pass over the picture
// sums x and x^2 in double, which loses nothing that float inputs can show, a second one scales and shifts.
#include "kernels/normalize/normalize.h"

#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/normalize/normalize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "kernels/simd/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

struct ChannelSums {
  double x[kChannelBlock], square[kChannelBlock];
};

// The sums of kVectors vectors of doubles, in registers.
template <int kVectors>
void SumVectors(const float* from, size_t pixel_stride, size_t pixels, double* x_sums, double* square_sums) {
  const hn::CappedTag<double, 8> dd;
  const hn::Rebind<float, decltype(dd)> df;
  constexpr int kDoubles = static_cast<int>(hn::MaxLanes(dd));
  hn::Vec<decltype(dd)> x[kVectors], square[kVectors];
  SINEW_UNROLL for (int v = 0; v < kVectors; ++v) x[v] = square[v] = hn::Zero(dd);
  for (size_t p = 0; p < pixels; ++p, from += pixel_stride) {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto value = hn::PromoteTo(dd, hn::LoadU(df, from + v * kDoubles));
      x[v] = hn::Add(x[v], value);
      square[v] = hn::MulAdd(value, value, square[v]);
    }
  }
  SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(x[v], dd, x_sums + v * kDoubles);
    hn::StoreU(square[v], dd, square_sums + v * kDoubles);
  }
}

inline ChannelSums SumChannels(const ConstView& in, size_t pixels, int first, int count) {
  ChannelSums sums = {};
  constexpr int kDoubles = static_cast<int>(hn::MaxLanes(hn::CappedTag<double, 8>()));
  constexpr int kHalfVectors = kChannelBlock / kDoubles / 2;
  int c = 0;
  for (; c + kChannelBlock / 2 <= count; c += kChannelBlock / 2) {
    SumVectors<kHalfVectors>(in.data + first + c, in.pixel_stride, pixels, sums.x + c, sums.square + c);
  }
  for (; c + kDoubles <= count; c += kDoubles) {
    SumVectors<1>(in.data + first + c, in.pixel_stride, pixels, sums.x + c, sums.square + c);
  }
  for (; c < count; ++c) {
    const float* from = in.data + first + c;
    for (size_t p = 0; p < pixels; ++p, from += in.pixel_stride) {
      const double value = *from;
      sums.x[c] += value;
      sums.square[c] += value * value;
    }
  }
  return sums;
}

void RunNormalize(const NormalizeProblem& p, const NormalizeArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  const size_t pixels = static_cast<size_t>(p.height) * static_cast<size_t>(p.width);
  const Clamp clamp = ClampOf(p.activation);
  for (size_t task = first_task; task < last_task; ++task) {
    const int first = static_cast<int>(task) * kChannelBlock;
    const int count = std::min(kChannelBlock, p.channels - first);
    const ChannelSums sums = SumChannels(args.input, pixels, first, count);
    HWY_ALIGN float scale[kChannelBlock] = {}, shift[kChannelBlock] = {};
    for (int c = 0; c < count; ++c) {
      const double mean = sums.x[c] / static_cast<double>(pixels);
      const double variance = std::max(sums.square[c] / static_cast<double>(pixels) - mean * mean, 0.0);
      const double factor = static_cast<double>(args.gamma[first + c]) / std::sqrt(variance + static_cast<double>(p.epsilon));
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>(static_cast<double>(args.beta[first + c]) - mean * factor);
    }
    ForEachVector(count, [&](auto access, int c) HWY_ATTR {
      const FloatVec factor = hn::Load(FloatTag(), scale + c), offset = hn::Load(FloatTag(), shift + c);
      const float* from = args.input.data + first + c;
      float* to = args.output.data + first + c;
      for (size_t i = 0; i < pixels; ++i, from += args.input.pixel_stride, to += args.output.pixel_stride) {
        access.Store(Apply(clamp, hn::MulAdd(access.Load(from), factor, offset)), to);
      }
    });
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunNormalizeFor, RunNormalize)

namespace {
constexpr NormalizeAlgorithm kAlgorithms[] = {
    {"normalize", [](const NormalizeProblem& p) { return p.height > 0 && p.width > 0 && p.channels > 0; },
     [](const NormalizeProblem&) { return size_t{0}; }, nullptr,
     [](const NormalizeProblem& p) { return static_cast<size_t>(RoundUpToChannelBlock(p.channels) / kChannelBlock); },
     [](const NormalizeProblem&) { return size_t{0}; }, RunNormalizeFor},
};
}  // namespace

std::span<const NormalizeAlgorithm> NormalizeAlgorithms() { return kAlgorithms; }

}  // namespace sinew::kernels
#endif
