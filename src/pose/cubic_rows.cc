// The loops of the cubic resize, compiled for every instruction set.
// Built without contraction of a * b + c (see CMakeLists.txt): CombineRows must round each operation.
#include "pose/cubic_rows.h"

#include "base/check.h"
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pose/cubic_rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sinew::pose {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void BytesToFloats(const uint8_t* HWY_RESTRICT bytes, size_t count, float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const hn::Rebind<uint8_t, decltype(df)> du;
  const size_t lanes = hn::Lanes(df);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::ConvertTo(df, hn::PromoteTo(di, hn::LoadU(du, bytes + i))), df, out + i);
  }
  for (; i < count; ++i) out[i] = bytes[i];
}

void ResizeRow(const float* HWY_RESTRICT row, const int* HWY_RESTRICT first, const float* HWY_RESTRICT coefficients,
               int width, float* HWY_RESTRICT out) {
  // One vector a pixel: B, G, R and the next pixel's B, which the next store overwrites.
  const hn::CappedTag<float, 4> d;
  const size_t lanes = hn::Lanes(d);
  for (int x = 0; x < width; ++x, coefficients += 4, out += 3) {
    const float* pixel = row + 3 * static_cast<ptrdiff_t>(first[x]);
    const auto c0 = hn::Set(d, coefficients[0]), c1 = hn::Set(d, coefficients[1]);
    const auto c2 = hn::Set(d, coefficients[2]), c3 = hn::Set(d, coefficients[3]);
    for (size_t i = 0; i < 4; i += lanes) {
      const auto sum01 = hn::MulAdd(hn::LoadU(d, pixel + i), c0, hn::Mul(hn::LoadU(d, pixel + 3 + i), c1));
      const auto sum23 = hn::MulAdd(hn::LoadU(d, pixel + 6 + i), c2, hn::Mul(hn::LoadU(d, pixel + 9 + i), c3));
      hn::StoreU(hn::Add(sum01, sum23), d, out + i);
    }
  }
}

void CombineRows(const float* const* HWY_RESTRICT rows, const float* HWY_RESTRICT weights, size_t count,
                 float* HWY_RESTRICT out) {
  // Eight at most: `count` is a multiple of that, whatever the target.
  const hn::CappedTag<float, 8> d;
  const size_t lanes = hn::Lanes(d);
  const auto w0 = hn::Set(d, weights[0]), w1 = hn::Set(d, weights[1]);
  const auto w2 = hn::Set(d, weights[2]), w3 = hn::Set(d, weights[3]);
  const auto zero = hn::Zero(d), white = hn::Set(d, 255.0f);
  for (size_t i = 0; i < count; i += lanes) {
    auto sum = hn::Mul(hn::LoadU(d, rows[3] + i), w3);
    sum = hn::Add(hn::Mul(hn::LoadU(d, rows[2] + i), w2), sum);
    sum = hn::Add(hn::Mul(hn::LoadU(d, rows[1] + i), w1), sum);
    sum = hn::Add(hn::Mul(hn::LoadU(d, rows[0] + i), w0), sum);
    hn::StoreU(hn::Min(hn::Max(hn::Round(sum), zero), white), d, out + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace sinew::pose
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::pose {
namespace {

SINEW_DEFINE_RUN_FOR(BytesToFloatsFor, BytesToFloats)
SINEW_DEFINE_RUN_FOR(ResizeRowFor, ResizeRow)
SINEW_DEFINE_RUN_FOR(CombineRowsFor, CombineRows)

}  // namespace

CubicRows CubicRowsFor(simd::Target target) {
  SINEW_CHECK(simd::IsSupported(target));
  return {BytesToFloatsFor(target), ResizeRowFor(target), CombineRowsFor(target)};
}

}  // namespace sinew::pose
#endif
