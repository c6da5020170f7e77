// The loops of smoothing and peak finding, compiled for every instruction set.
#include "pose/smooth_rows.h"

#include <cstdint>

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

void CombineRows(const float* HWY_RESTRICT rows, size_t row_stride, const float* HWY_RESTRICT weights, int taps,
                 size_t count, float* HWY_RESTRICT out) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < count; i += lanes) {
    auto sum = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, rows + i));
    for (int k = 1; k < taps; ++k) {
      sum = hn::MulAdd(hn::Set(d, weights[k]), hn::LoadU(d, rows + k * row_stride + i), sum);
    }
    hn::StoreU(sum, d, out + i);
  }
}

// Four vectors at a time: enough independent sums to hide the latency of a fused multiply-add (4 cycles, 2 a cycle,
// needs 8; out-of-order execution overlaps two blocks), while a weight is broadcast once for four uses.
void FilterPhases(const float* HWY_RESTRICT in, const float* HWY_RESTRICT weights, int phases, int taps, int cells,
                  size_t phase_stride, float* HWY_RESTRICT out) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  const size_t count = (static_cast<size_t>(cells) + 15) / 16 * 16;
  for (int p = 0; p < phases; ++p, weights += taps, out += phase_stride) {
    size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes) {
      const float* from = in + i;
      auto w = hn::Set(d, weights[0]);
      auto s0 = hn::Mul(w, hn::LoadU(d, from)), s1 = hn::Mul(w, hn::LoadU(d, from + lanes));
      auto s2 = hn::Mul(w, hn::LoadU(d, from + 2 * lanes)), s3 = hn::Mul(w, hn::LoadU(d, from + 3 * lanes));
      for (int k = 1; k < taps; ++k) {
        ++from;
        w = hn::Set(d, weights[k]);
        s0 = hn::MulAdd(w, hn::LoadU(d, from), s0);
        s1 = hn::MulAdd(w, hn::LoadU(d, from + lanes), s1);
        s2 = hn::MulAdd(w, hn::LoadU(d, from + 2 * lanes), s2);
        s3 = hn::MulAdd(w, hn::LoadU(d, from + 3 * lanes), s3);
      }
      hn::StoreU(s0, d, out + i);
      hn::StoreU(s1, d, out + i + lanes);
      hn::StoreU(s2, d, out + i + 2 * lanes);
      hn::StoreU(s3, d, out + i + 3 * lanes);
    }
    for (; i < count; i += lanes) {
      auto sum = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, in + i));
      for (int k = 1; k < taps; ++k) sum = hn::MulAdd(hn::Set(d, weights[k]), hn::LoadU(d, in + i + k), sum);
      hn::StoreU(sum, d, out + i);
    }
  }
}

size_t FindRowPeaks(const float* above, const float* row, const float* below, int phases, int cells,
                    size_t phase_stride, float threshold, int* positions) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, threshold);
  size_t found = 0;
  for (int p = 0; p < phases; ++p) {
    const ptrdiff_t self = p * phase_stride;
    const ptrdiff_t left = p > 0 ? self - static_cast<ptrdiff_t>(phase_stride) : (phases - 1) * phase_stride - 1;
    const ptrdiff_t right = p + 1 < phases ? self + static_cast<ptrdiff_t>(phase_stride) : 1;
    for (ptrdiff_t c = 0; c < cells; c += lanes) {
      const auto value = hn::LoadU(d, row + self + c);
      if (HWY_LIKELY(hn::AllFalse(d, hn::Gt(value, limit)))) continue;
      auto most = hn::Max(hn::LoadU(d, row + left + c), hn::LoadU(d, row + right + c));
      for (const float* other : {above, below}) {
        most = hn::Max(most, hn::Max(hn::LoadU(d, other + left + c), hn::LoadU(d, other + right + c)));
        most = hn::Max(most, hn::LoadU(d, other + self + c));
      }
      const auto peak = hn::And(hn::Gt(value, limit), hn::Ge(value, most));
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

HWY_EXPORT(CombineRows);
HWY_EXPORT(FilterPhases);
HWY_EXPORT(FindRowPeaks);

void CombineRows(const float* rows, size_t row_stride, const float* weights, int taps, size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(CombineRows)(rows, row_stride, weights, taps, count, out);
}

void FilterPhases(const float* in, const float* weights, int phases, int taps, int cells, size_t phase_stride,
                  float* out) {
  HWY_DYNAMIC_DISPATCH(FilterPhases)(in, weights, phases, taps, cells, phase_stride, out);
}

size_t FindRowPeaks(const float* above, const float* row, const float* below, int phases, int cells,
                    size_t phase_stride, float threshold, int* positions) {
  return HWY_DYNAMIC_DISPATCH(FindRowPeaks)(above, row, below, phases, cells, phase_stride, threshold, positions);
}

}  // namespace sinew::pose
#endif
