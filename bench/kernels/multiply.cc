// gemm-inl.h on every target.
#include "multiply.h"

#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "multiply.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/gemm/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

void RunProducts(const GemmProblem* problems, size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) Multiply(problems[i]);
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunProductsFor, RunProducts)
}  // namespace sinew::kernels

namespace sinew::bench {
MultiplyAll MultiplyAllFor(kernels::Target target) { return kernels::RunProductsFor(target); }
}  // namespace sinew::bench
#endif
