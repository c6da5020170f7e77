// What every kernel does with vectors of channels: fixed blocks of kChannelBlock floats, partial loads and stores that
// touch nothing beyond the channels that exist, and activations. Per-target code.

#if defined(SINEW_BACKENDS_CPU_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_BACKENDS_CPU_VECTOR_INL_H_
#undef SINEW_BACKENDS_CPU_VECTOR_INL_H_
#else
#define SINEW_BACKENDS_CPU_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>

#include "backends/cpu/activation.h"
#include "backends/cpu/channel_block.h"
#include "base/aligned_buffer.h"
#include "simd/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, kChannelBlock>;
using FloatVec = hn::Vec<FloatTag>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));
inline constexpr int kVectorsPerBlock = kChannelBlock / kLanes;
inline constexpr size_t kCacheLineFloats = kCacheLineBytes / sizeof(float);

// The first `count` floats, 0 < count <= kLanes; zeros in the other lanes.
HWY_INLINE FloatVec LoadPartial(const float* from, int count) {
  const FloatTag d;
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86  // masked accesses do not fault
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count)), d, from);
#else
  HWY_ALIGN float lanes[kLanes] = {};
  for (int i = 0; i < count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
#endif
}

HWY_INLINE void StorePartial(FloatVec value, float* to, int count) {
  const FloatTag d;
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
  hn::BlendedStore(value, hn::FirstN(d, static_cast<size_t>(count)), d, to);
#else
  HWY_ALIGN float lanes[kLanes];
  hn::Store(value, d, lanes);
  for (int i = 0; i < count; ++i) to[i] = lanes[i];
#endif
}

// Any activation is a clamp: none to the infinities, Relu to [0, inf), Relu6 to [0, 6].
struct Clamp {
  FloatVec low, high;
};

HWY_INLINE Clamp MakeClamp(Activation activation) {
  const FloatTag d;
  const float infinity = HUGE_VALF;
  return {hn::Set(d, activation == Activation::kNone ? -infinity : 0.0f),
          hn::Set(d, activation == Activation::kRelu6 ? 6.0f : infinity)};
}

HWY_INLINE FloatVec Apply(const Clamp& clamp, FloatVec value) { return hn::Min(hn::Max(value, clamp.low), clamp.high); }

// Calls body(access, c) for the vectors of channels [first, last), or of the first `channels`: whole ones, then the
// partial one. access.Load and access.Store touch only the channels that exist.
struct WholeVector {
  HWY_INLINE FloatVec Load(const float* from) const { return hn::LoadU(FloatTag(), from); }
  HWY_INLINE void Store(FloatVec value, float* to) const { hn::StoreU(value, FloatTag(), to); }
};
struct PartialVector {
  int count;
  HWY_INLINE FloatVec Load(const float* from) const { return LoadPartial(from, count); }
  HWY_INLINE void Store(FloatVec value, float* to) const { StorePartial(value, to, count); }
};
template <class Body>
HWY_INLINE void ForEachVector(int first, int last, const Body& body) {
  int c = first;
  for (; c + kLanes <= last; c += kLanes) body(WholeVector(), c);
  if (c < last) body(PartialVector{last - c}, c);
}
template <class Body>
HWY_INLINE void ForEachVector(int channels, const Body& body) {
  ForEachVector(0, channels, body);
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
