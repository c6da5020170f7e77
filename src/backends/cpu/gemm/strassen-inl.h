// Strassen's algorithm of strassen.h, in steps for callers that make the sums of rows themselves. Per-target code.

#if defined(SINEW_KERNELS_GEMM_STRASSEN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_GEMM_STRASSEN_INL_H_
#undef SINEW_KERNELS_GEMM_STRASSEN_INL_H_
#else
#define SINEW_KERNELS_GEMM_STRASSEN_INL_H_
#endif

#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/gemm/strassen.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// A product of one level: g's, and what is added to it, of the result's shape. Rows of upper and lower halves are
// `_lower` floats apart.
struct StrassenPart {
  GemmProblem problem;
  GemmArgs g;
  size_t a_lower, out_lower, next_lower;
  const float* start = nullptr;  // null: zeros
  size_t start_stride = 0, start_lower = 0;
};

// The rows that the seven products multiply, those of half the problem each; s1 to s4 lie one after another.
struct StrassenOperands {
  DepthHalves depth;
  const float *a11, *a12, *a22;
  size_t a_stride;
  float* s1;
  size_t s_stride, s_floats;  // from row to row, and from s1 to s2

  const float* s2() const { return s1 + s_floats; }
  const float* s3() const { return s1 + 2 * s_floats; }
  const float* s4() const { return s1 + 3 * s_floats; }
};

// Those of `half` rows, with s1 to s4, not yet made, at `scratch`.
inline StrassenOperands MakeStrassenOperands(const StrassenPart& p, int half, float* scratch) {
  const DepthHalves depth = SplitDepth(p.problem.depth);
  const size_t stride = static_cast<size_t>(depth.first);
  return {depth,
          p.g.a,
          p.g.a + depth.first,
          p.g.a + p.a_lower + depth.first,
          p.g.a_stride,
          scratch,
          stride,
          static_cast<size_t>(half) * stride};
}

// One vector of each of s1 to s4.
HWY_INLINE void StoreSums(FloatVec a11, FloatVec a12, FloatVec a21, FloatVec a22, float* s, size_t s_floats) {
  const FloatTag d;
  const FloatVec s1 = hn::Add(a21, a22), s2 = hn::Sub(s1, a11);
  hn::Store(s1, d, s);
  hn::Store(s2, d, s + s_floats);
  hn::Store(hn::Sub(a11, a21), d, s + 2 * s_floats);
  hn::Store(hn::Sub(a12, s2), d, s + 3 * s_floats);
}

// s1 to s4 of `rows` rows of each half.
void MakeSums(const StrassenOperands& o, int rows);

// A whole product, in two steps for callers that make s1 to s4 themselves.
struct StrassenStart {
  StrassenPart part;
  int half;  // rows of a half
  StrassenOperands operands;
};
inline StrassenStart BeginStrassen(const StrassenProblem& p, const StrassenArgs& args) {
  const size_t lower = static_cast<size_t>(p.product.rows / 2);
  const StrassenPart part = {.problem = p.product,
                             .g = args.product,
                             .a_lower = lower * args.product.a_stride,
                             .out_lower = args.out_lower,
                             .next_lower = args.next_lower};
  const int half = (p.product.rows + 1) / 2;
  return {part, half, MakeStrassenOperands(part, half, args.scratch)};
}
void FinishStrassen(const StrassenProblem& p, const StrassenArgs& args, const StrassenStart& s);

void MultiplyStrassen(const StrassenProblem& p, const StrassenArgs& args);

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
