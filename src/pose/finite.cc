// Maps are looked through as a whole vector by vector, and value by value only where that found something.
#include "pose/finite.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pose/finite.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <cmath>

#include "pose/skeleton.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::pose {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;

bool AreFinite(const float* cells, int width, size_t stride) {
  const Tag d;
  constexpr size_t kLanes = hn::MaxLanes(d);
  static_assert(kMapChannels >= kLanes);
  // 0 * x is 0, but for infinities and NaNs: it is NaN then, and so is the sum.
  auto sum = hn::Zero(d);
  for (int x = 0; x < width; ++x, cells += stride) {
    for (size_t c = 0; c + kLanes <= kMapChannels; c += kLanes)
      sum = hn::MulAdd(hn::Zero(d), hn::LoadU(d, cells + c), sum);
    sum = hn::MulAdd(hn::Zero(d), hn::LoadU(d, cells + kMapChannels - kLanes), sum);
  }
  return hn::AllTrue(d, hn::Eq(sum, hn::Zero(d)));
}

}  // namespace HWY_NAMESPACE
}  // namespace sinew::pose
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::pose {

HWY_EXPORT(AreFinite);

ptrdiff_t FindNotFinite(const float* cells, int width, size_t stride) {
  if (HWY_DYNAMIC_DISPATCH(AreFinite)(cells, width, stride)) return -1;
  for (int x = 0; x < width; ++x) {
    for (int c = 0; c < kMapChannels; ++c) {
      const size_t index = static_cast<size_t>(x) * stride + static_cast<size_t>(c);
      if (!std::isfinite(cells[index])) return static_cast<ptrdiff_t>(index);
    }
  }
  return -1;
}

}  // namespace sinew::pose
#endif
