// Normalisation by the picture's own statistics. A task is a band of rows: the first pass sums its x and x^2 in double,
// which loses nothing that float inputs can show, the second one adds the sums of all bands, scales and shifts.
#include "backends/cpu/normalize/normalize.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/normalize/normalize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "backends/cpu/normalize/bands.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// A band's pixels, several of few channels taken for one where nothing lies between them, so that it fills vectors:
// value i of such a pixel is one of channel i % the problem's channels. `tail` values behind the last pixel are left.
struct WidePixels {
  int channels;
  size_t stride, count;
  int tail;
};
inline WidePixels Widen(const NormalizeProblem& p, size_t pixels, size_t stride) {
  constexpr int64_t kMost = 6 * kChannelBlock;
  const int64_t whole = std::lcm(int64_t{p.channels}, int64_t{kChannelBlock});
  if (stride != static_cast<size_t>(p.channels) || whole > kMost) return {p.channels, stride, pixels, 0};
  const size_t floats = pixels * stride, wide = static_cast<size_t>(whole);
  return {static_cast<int>(whole), wide, floats / wide, static_cast<int>(floats % wide)};
}

struct BlockSums {
  double x[kChannelBlock], square[kChannelBlock];
};

// The sums of half a block of channels, in registers; several pixels at once hide the latency of additions.
inline void SumHalfBlock(const float* from, size_t stride, size_t pixels, double* x_sums, double* square_sums) {
  const hn::CappedTag<double, 8> dd;
  const hn::Rebind<float, decltype(dd)> df;
  using Doubles = hn::Vec<decltype(dd)>;
  constexpr int kDoubles = static_cast<int>(hn::MaxLanes(dd)), kVectors = kChannelBlock / 2 / kDoubles;
  constexpr size_t kPixels = 4 / std::min(kVectors, 4);
  Doubles x[kPixels][kVectors], square[kPixels][kVectors];
  SINEW_UNROLL for (size_t i = 0; i < kPixels; ++i) {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) x[i][v] = square[i][v] = hn::Zero(dd);
  }
  const auto add = [&](const float* pixel, Doubles(&xs)[kVectors], Doubles(&squares)[kVectors]) HWY_ATTR {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto value = hn::PromoteTo(dd, hn::LoadU(df, pixel + v * kDoubles));
      xs[v] = hn::Add(xs[v], value);
      squares[v] = hn::MulAdd(value, value, squares[v]);
    }
  };
  for (; pixels >= kPixels; pixels -= kPixels, from += kPixels * stride) {
    SINEW_UNROLL for (size_t i = 0; i < kPixels; ++i) add(from + i * stride, x[i], square[i]);
  }
  for (; pixels > 0; --pixels, from += stride) add(from, x[0], square[0]);
  SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
    SINEW_UNROLL for (size_t i = 1; i < kPixels; ++i) {
      x[0][v] = hn::Add(x[0][v], x[i][v]);
      square[0][v] = hn::Add(square[0][v], square[i][v]);
    }
    hn::StoreU(x[0][v], dd, x_sums + v * kDoubles);
    hn::StoreU(square[0][v], dd, square_sums + v * kDoubles);
  }
}

inline BlockSums SumBlock(const float* from, size_t stride, size_t pixels, int count) {
  BlockSums sums = {};
  int c = 0;
  for (; c + kChannelBlock / 2 <= count; c += kChannelBlock / 2)
    SumHalfBlock(from + c, stride, pixels, sums.x + c, sums.square + c);
  for (; c < count; ++c) {
    for (size_t p = 0; p < pixels; ++p) {
      const double value = from[p * stride + static_cast<size_t>(c)];
      sums.x[c] += value;
      sums.square[c] += value * value;
    }
  }
  return sums;
}

void SumBands(const NormalizeProblem& p, const NormalizeArgs& args, size_t first_task, size_t last_task,
              float*) noexcept {
  const Bands bands = MakeBands(p);
  for (size_t task = first_task; task < last_task; ++task) {
    double* const x = args.sums + bands.Sums(task);
    double* const square = x + bands.channels;
    std::fill_n(x, 2 * bands.channels, 0.0);
    const float* const from = args.input.data + bands.FirstPixel(task) * args.input.pixel_stride;
    const WidePixels wide = Widen(p, bands.Pixels(task), args.input.pixel_stride);
    const auto add = [&](const float* pixel, size_t pixels, int channels) {
      for (int first = 0; first < channels; first += kChannelBlock) {
        const int count = std::min(kChannelBlock, channels - first);
        const BlockSums sums = SumBlock(pixel + first, wide.stride, pixels, count);
        for (int i = 0; i < count; ++i) {
          x[(first + i) % p.channels] += sums.x[i];
          square[(first + i) % p.channels] += sums.square[i];
        }
      }
    };
    add(from, wide.count, wide.channels);
    add(from + wide.count * wide.stride, 1, wide.tail);
  }
}

struct BlockScale {
  HWY_ALIGN float factor[kChannelBlock];
  HWY_ALIGN float shift[kChannelBlock];
};

// Of values `first` to first + count of a wide pixel.
inline BlockScale MakeBlockScale(const NormalizeProblem& p, const NormalizeArgs& args, const Bands& bands, int first,
                                 int count) {
  BlockScale scale = {};
  const double pixels = static_cast<double>(p.height) * p.width;
  for (int i = 0; i < count; ++i) {
    const int c = (first + i) % p.channels;
    double x = 0, square = 0;
    for (size_t band = 0; band < bands.Tasks(); ++band) {
      x += args.sums[bands.Sums(band) + static_cast<size_t>(c)];
      square += args.sums[bands.Sums(band) + bands.channels + static_cast<size_t>(c)];
    }
    const double mean = x / pixels, variance = std::max(square / pixels - mean * mean, 0.0);
    const double factor = static_cast<double>(args.gamma[c]) / std::sqrt(variance + static_cast<double>(p.epsilon));
    scale.factor[i] = static_cast<float>(factor);
    scale.shift[i] = static_cast<float>(static_cast<double>(args.beta[c]) - mean * factor);
  }
  return scale;
}

void ScaleBands(const NormalizeProblem& p, const NormalizeArgs& args, size_t first_task, size_t last_task,
                float*) noexcept {
  const Bands bands = MakeBands(p);
  const Clamp clamp = MakeClamp(p.activation);
  const size_t in_stride = args.input.pixel_stride, out_stride = args.output.pixel_stride;
  for (size_t task = first_task; task < last_task; ++task) {
    const float* const in = args.input.data + bands.FirstPixel(task) * in_stride;
    float* const out = args.output.data + bands.FirstPixel(task) * out_stride;
    WidePixels wide = {p.channels, in_stride, bands.Pixels(task), 0};
    if (in_stride == out_stride) wide = Widen(p, bands.Pixels(task), in_stride);
    const size_t out_step = in_stride == out_stride ? wide.stride : out_stride;
    for (int first = 0; first < wide.channels; first += kChannelBlock) {
      const int count = std::min(kChannelBlock, wide.channels - first);
      const BlockScale scale = MakeBlockScale(p, args, bands, first, count);
      ForEachVector(count, [&](auto access, int c) HWY_ATTR {
        const FloatVec factor = hn::Load(FloatTag(), scale.factor + c), shift = hn::Load(FloatTag(), scale.shift + c);
        const float* from = in + first + c;
        float* to = out + first + c;
        for (size_t i = 0; i < wide.count; ++i, from += wide.stride, to += out_step) {
          access.Store(Apply(clamp, hn::MulAdd(access.Load(from), factor, shift)), to);
        }
        if (first + c >= wide.tail) return;
        const PartialVector rest = {std::min(kLanes, wide.tail - first - c)};
        rest.Store(Apply(clamp, hn::MulAdd(rest.Load(from), factor, shift)), to);
      });
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(SumBandsFor, SumBands)
SINEW_DEFINE_RUN_FOR(ScaleBandsFor, ScaleBands)

size_t MomentSums(const NormalizeProblem& p) {
  const Bands bands = MakeBands(p);
  return bands.Sums(bands.Tasks());
}

namespace {
constexpr NormalizeAlgorithm kAlgorithms[] = {
    {.name = "normalize",
     .supports = [](const NormalizeProblem& p) { return p.height > 0 && p.width > 0 && p.channels > 0; },
     .packed_floats = [](const NormalizeProblem&) { return size_t{0}; },
     .pack = nullptr,
     .task_count = [](const NormalizeProblem& p) { return MakeBands(p).Tasks(); },
     .scratch_floats = [](const NormalizeProblem&) { return size_t{0}; },
     .run_for = ScaleBandsFor,
     .first_pass_for = SumBandsFor},
};
}  // namespace

std::span<const NormalizeAlgorithm> NormalizeAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
#endif
