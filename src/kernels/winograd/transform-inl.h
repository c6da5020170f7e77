// The transforms of F(m,r) on vectors of channels, one dimension at a time: B^T x for inputs, A^T x for outputs.
// Per-target code: included once a target, inside the including file's foreach_target.

#if defined(SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#undef SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#else
#define SINEW_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#endif

#include "kernels/simd/vector-inl.h"
#include "kernels/winograd/toom_cook.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// y[i] = sum_k B^T[i][k] x[k], i, k < n: x[k] = load(k), store(i, y[i]).
template <class TC, class D, class Load, class Store>
HWY_INLINE void TransformInput(D d, const Load& load, const Store& store) {
  using V = hn::Vec<D>;
  constexpr int kPairs = TC::kPairs;
  V even[kPairs + 1], odd[kPairs + 1];
  SINEW_UNROLL for (int k = 0; k <= kPairs; ++k) {
    even[k] = load(2 * k);
    odd[k] = load(2 * k + 1);
  }
  V zero_row = hn::Mul(hn::Set(d, kTransform<TC>.w[0]), even[0]);
  V infinity_row = hn::Mul(hn::Set(d, kTransform<TC>.w[0]), odd[0]);
  SINEW_UNROLL for (int k = 1; k < kPairs; ++k) {
    const V w = hn::Set(d, kTransform<TC>.w[k]);
    zero_row = hn::MulAdd(w, even[k], zero_row);
    infinity_row = hn::MulAdd(w, odd[k], infinity_row);
  }
  store(0, hn::Add(zero_row, even[kPairs]));  // w is monic
  store(TC::kTile - 1, hn::Add(infinity_row, odd[kPairs]));
  SINEW_UNROLL for (int pair = 0; pair < kPairs; ++pair) {
    // q_j is monic too: its last coefficient needs no multiplication.
    V e = even[kPairs];
    V o = odd[kPairs - 1];
    SINEW_UNROLL for (int k = 0; k < kPairs - 1; ++k) {
      const V q = hn::Set(d, kTransform<TC>.q[pair][k]);
      e = hn::MulAdd(q, even[k + 1], e);
      o = hn::MulAdd(q, odd[k], o);
    }
    const V a = hn::Set(d, kTransform<TC>.points[pair]);
    store(1 + 2 * pair, hn::MulAdd(a, o, e));
    store(2 + 2 * pair, hn::NegMulAdd(a, o, e));
  }
}

// y[k] = sum_i A^T[k][i] x[i], k < m, i < n, in the same way.
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

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
