// Maps are looked through as a whole vector by vector, and value by value only where that found something.
#include "pose/finite.h"

#include <cmath>

#include "base/check.h"
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pose/finite.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sinew::pose {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;

// 0 * x is 0, but for infinities and NaNs: it is NaN then, and so is the sum.
bool AreFinite(const float* values, size_t cells, size_t channels, size_t stride) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  if (stride == channels) channels *= cells, cells = 1;
  auto sum = hn::Zero(d);
  float rest = 0;
  for (size_t i = 0; i < cells; ++i, values += stride) {
    size_t c = 0;
    for (; c + lanes <= channels; c += lanes) sum = hn::MulAdd(hn::Zero(d), hn::LoadU(d, values + c), sum);
    if (c == channels) continue;
    if (channels >= lanes) {
      sum = hn::MulAdd(hn::Zero(d), hn::LoadU(d, values + channels - lanes), sum);
    } else {
      for (; c < channels; ++c) rest += 0 * values[c];
    }
  }
  return rest == 0 && hn::AllTrue(d, hn::Eq(sum, hn::Zero(d)));
}

}  // namespace HWY_NAMESPACE
}  // namespace sinew::pose
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::pose {
namespace {

SINEW_DEFINE_RUN_FOR(RunFor, AreFinite)

}  // namespace

AreFiniteFunction AreFiniteFor(simd::Target target) {
  SINEW_CHECK(simd::IsSupported(target));
  return RunFor(target);
}

ptrdiff_t FindNotFinite(AreFiniteFunction are_finite, const float* values, size_t cells, size_t channels,
                        size_t stride) {
  if (are_finite(values, cells, channels, stride)) return -1;
  for (size_t i = 0; i < cells; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      const size_t index = i * stride + c;
      if (!std::isfinite(values[index])) return static_cast<ptrdiff_t>(index);
    }
  }
  return -1;
}

}  // namespace sinew::pose
#endif
