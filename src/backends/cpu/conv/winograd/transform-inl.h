// The transforms of F(m,r) on vectors of channels, one dimension at a time: B^T x for inputs, A^T x for outputs.
// Per-target code: included once a target, inside the including file's foreach_target.

#if defined(SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#undef SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#else
#define SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#endif

#include "backends/cpu/conv/winograd/toom_cook.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// y[i] = sum_k B^T[i][k] x[k], i, k < n: x[k] = load(k), store(i, y[i]).
template <class TC, class D, class Load, class Store>
HWY_INLINE void TransformInput(D d, const Load& load, const Store& store) {
  using V = hn::Vec<D>;
  constexpr int kPairs = TC::kPairs;
  V x[TC::kTile];
  SINEW_UNROLL for (int k = 0; k < TC::kTile; ++k) x[k] = load(k);
  // w is monic: its last coefficient needs no multiplication.
  V zero = hn::Mul(hn::Set(d, kTransform<TC>.w[0]), x[0]);
  V infinity = hn::Mul(hn::Set(d, kTransform<TC>.w[0]), x[1]);
  SINEW_UNROLL for (int k = 1; k < kPairs; ++k) {
    const V w = hn::Set(d, kTransform<TC>.w[k]);
    zero = hn::MulAdd(w, x[2 * k], zero);
    infinity = hn::MulAdd(w, x[2 * k + 1], infinity);
  }
  store(0, hn::Add(zero, x[2 * kPairs]));
  store(TC::kTile - 1, hn::Add(infinity, x[2 * kPairs + 1]));
  SINEW_UNROLL for (int pair = 0; pair < kPairs; ++pair) {
    // So is q_j.
    V even = x[2 * kPairs], odd = x[2 * kPairs - 1];
    SINEW_UNROLL for (int k = 0; k < kPairs - 1; ++k) {
      const V q = hn::Set(d, kTransform<TC>.q[pair][k]);
      even = hn::MulAdd(q, x[2 * k + 2], even);
      odd = hn::MulAdd(q, x[2 * k + 1], odd);
    }
    const V a = hn::Set(d, kTransform<TC>.points[pair]);
    store(1 + 2 * pair, hn::MulAdd(a, odd, even));
    store(2 + 2 * pair, hn::NegMulAdd(a, odd, even));
  }
}

// y[k] = sum_i A^T[k][i] x[i], k < m, i < n: x[i] = load(i), store(k, y[k]).
template <class TC, class D, class Load, class Store>
HWY_INLINE void TransformOutput(D d, const Load& load, const Store& store) {
  using V = hn::Vec<D>;
  constexpr int kPairs = TC::kPairs;
  V sum[kPairs], difference[kPairs];
  SINEW_UNROLL for (int pair = 0; pair < kPairs; ++pair) {
    const V plus = load(1 + 2 * pair), minus = load(2 + 2 * pair);
    sum[pair] = hn::Add(plus, minus);
    difference[pair] = hn::Sub(plus, minus);
  }
  SINEW_UNROLL for (int k = 0; k < TC::kOutputs; ++k) {
    V y = k == 0 ? load(0) : hn::Zero(d);
    if (k == TC::kOutputs - 1) y = k == 0 ? hn::Add(y, load(TC::kTile - 1)) : load(TC::kTile - 1);
    SINEW_UNROLL for (int pair = 0; pair < kPairs; ++pair) {
      const V power = hn::Set(d, kTransform<TC>.powers[pair][k]);
      y = hn::MulAdd(power, k % 2 == 0 ? sum[pair] : difference[pair], y);
    }
    store(k, y);
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
