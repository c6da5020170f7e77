// The loops of smoothing and peak finding, compiled for every instruction set.
#include "pose/smooth_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/check.h"
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pose/smooth_rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sinew::pose {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 16 lanes at most: rows are padded for that (smoothing.h).
using Tag = hn::CappedTag<float, 16>;

// kVectors vectors of columns: a weight is loaded once for all of them.
template <int kVectors>
HWY_INLINE void CombineBlock(const float* HWY_RESTRICT rows, size_t row_stride, const float* HWY_RESTRICT weights,
                             int taps, float* HWY_RESTRICT out) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<Tag> sums[kVectors];
  for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (int k = 0; k < taps; ++k, rows += row_stride) {
    const auto weight = hn::Set(d, weights[k]);
    for (int v = 0; v < kVectors; ++v) sums[v] = hn::MulAdd(weight, hn::LoadU(d, rows + v * lanes), sums[v]);
  }
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, out + v * lanes);
}

void CombineRows(const float* HWY_RESTRICT rows, size_t row_stride, const float* HWY_RESTRICT weights, int taps,
                 size_t count, float* HWY_RESTRICT out) {
  constexpr int kVectors = 6;  // of 16 lanes, they hold a row of a picture of 656 pixels
  const size_t lanes = hn::Lanes(Tag()), block = kVectors * lanes;
  size_t i = 0;
  for (; i + block <= count; i += block) CombineBlock<kVectors>(rows + i, row_stride, weights, taps, out + i);
  for (; i < count; i += lanes) CombineBlock<1>(rows + i, row_stride, weights, taps, out + i);
}

// kPhases phases of kVectors vectors: a vector of inputs, which mostly lies across two cache lines, is loaded once for
// all phases, a weight once for all vectors. Eight sums hide the latency of a fused multiply-add.
template <int kPhases, int kVectors>
HWY_INLINE void FilterBlock(const float* HWY_RESTRICT in, const float* HWY_RESTRICT weights, int taps,
                            size_t phase_stride, float* HWY_RESTRICT out) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<Tag> sums[kPhases][kVectors];
  for (int p = 0; p < kPhases; ++p) {
    for (int v = 0; v < kVectors; ++v) sums[p][v] = hn::Zero(d);
  }
  for (int k = 0; k < taps; ++k, ++in) {
    hn::Vec<Tag> values[kVectors];
    for (int v = 0; v < kVectors; ++v) values[v] = hn::LoadU(d, in + v * lanes);
    for (int p = 0; p < kPhases; ++p) {
      const auto weight = hn::Set(d, weights[p * taps + k]);
      for (int v = 0; v < kVectors; ++v) sums[p][v] = hn::MulAdd(weight, values[v], sums[p][v]);
    }
  }
  for (int p = 0; p < kPhases; ++p) {
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[p][v], d, out + p * phase_stride + v * lanes);
  }
}

HWY_INLINE bool AnyAbove(float floor, const float* values, size_t count) {
  const Tag d;
  auto most = hn::LoadU(d, values);
  for (size_t i = hn::Lanes(d); i < count; i += hn::Lanes(d)) most = hn::Max(most, hn::LoadU(d, values + i));
  return !hn::AllFalse(d, hn::Gt(most, hn::Set(d, floor)));
}

template <int kPhases>
HWY_INLINE void FilterRow(const float* in, const float* weights, int taps, size_t count, float floor,
                          size_t phase_stride, float* out) {
  constexpr int kVectors = 8 / kPhases;
  const Tag d;
  const size_t lanes = hn::Lanes(d), block = kVectors * lanes;
  for (size_t i = 0; i < count; i += block) {
    const size_t end = std::min(i + block, count);
    bool above[kVectors] = {};
    int count_above = 0;
    for (size_t c = i; c < end; c += lanes)
      count_above += above[(c - i) / lanes] = AnyAbove(floor, in + c, lanes + taps - 1);
    if (count_above == kVectors) {
      FilterBlock<kPhases, kVectors>(in + i, weights, taps, phase_stride, out + i);
      continue;
    }
    for (size_t c = i; c < end; c += lanes) {
      if (above[(c - i) / lanes]) {
        FilterBlock<kPhases, 1>(in + c, weights, taps, phase_stride, out + c);
      } else {
        for (int p = 0; p < kPhases; ++p) hn::StoreU(hn::Set(d, -HUGE_VALF), d, out + p * phase_stride + c);
      }
    }
  }
}

void FilterPhases(const float* HWY_RESTRICT in, const float* HWY_RESTRICT weights, int phases, int taps, int cells,
                  float floor, size_t phase_stride, float* HWY_RESTRICT out) {
  const size_t count = (static_cast<size_t>(cells) + 15) / 16 * 16;
  int p = 0;
  for (; p + 4 <= phases; p += 4)
    FilterRow<4>(in, weights + p * taps, taps, count, floor, phase_stride, out + p * phase_stride);
  for (; p < phases; ++p)
    FilterRow<1>(in, weights + p * taps, taps, count, floor, phase_stride, out + p * phase_stride);
}

float RowMaximum(const float* row, size_t count) {
  const Tag d;
  auto most = hn::LoadU(d, row);
  for (size_t i = hn::Lanes(d); i < count; i += hn::Lanes(d)) most = hn::Max(most, hn::LoadU(d, row + i));
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

// Of a hill's rows nearly all are lower than one beside them: that is looked at first, in all phases at once, so that
// the one branch of a vector nearly always goes the same way.
size_t FindRowPeaks(const float* above, const float* row, const float* below, int phases, int cells,
                    size_t phase_stride, float threshold, int* positions) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, threshold);
  const auto is_ridge = [&](ptrdiff_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, row + i);
    return hn::And(hn::Gt(value, limit), hn::Ge(value, hn::Max(hn::LoadU(d, above + i), hn::LoadU(d, below + i))));
  };
  size_t found = 0;
  for (ptrdiff_t c = 0; c < cells; c += lanes) {
    auto any = is_ridge(c);
    for (int p = 1; p < phases; ++p) any = hn::Or(any, is_ridge(p * phase_stride + c));
    if (HWY_LIKELY(hn::AllFalse(d, any))) continue;
    for (int p = 0; p < phases; ++p) {
      const ptrdiff_t self = p * phase_stride + c;
      const ptrdiff_t left = p > 0 ? self - static_cast<ptrdiff_t>(phase_stride) : (phases - 1) * phase_stride + c - 1;
      const ptrdiff_t right = p + 1 < phases ? self + static_cast<ptrdiff_t>(phase_stride) : c + 1;
      auto most = hn::Max(hn::LoadU(d, row + left), hn::LoadU(d, row + right));
      for (const float* other : {above, below})
        most = hn::Max(most, hn::Max(hn::LoadU(d, other + left), hn::LoadU(d, other + right)));
      const auto peak = hn::And(is_ridge(self), hn::Ge(hn::LoadU(d, row + self), most));
      if (HWY_LIKELY(hn::AllFalse(d, peak))) continue;
      uint8_t bits[8] = {};
      hn::StoreMaskBits(d, peak, bits);
      for (size_t lane = 0; lane < lanes; ++lane) {
        if (bits[lane / 8] >> lane % 8 & 1) positions[found++] = static_cast<int>((c + lane) * phases) + p;
      }
    }
  }
  return found;
}

}  // namespace HWY_NAMESPACE
}  // namespace sinew::pose
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::pose {
namespace {

SINEW_DEFINE_RUN_FOR(CombineRowsFor, CombineRows)
SINEW_DEFINE_RUN_FOR(FilterPhasesFor, FilterPhases)
SINEW_DEFINE_RUN_FOR(RowMaximumFor, RowMaximum)
SINEW_DEFINE_RUN_FOR(FindRowPeaksFor, FindRowPeaks)

}  // namespace

SmoothRows SmoothRowsFor(simd::Target target) {
  SINEW_CHECK(simd::IsSupported(target));
  return {CombineRowsFor(target), FilterPhasesFor(target), RowMaximumFor(target), FindRowPeaksFor(target)};
}

}  // namespace sinew::pose
#endif
