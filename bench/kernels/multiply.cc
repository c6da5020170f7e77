// gemm-inl.h on every target.
#include "multiply.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "multiply.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/gemm/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

void RunProducts(const GemmProblem& problem, const GemmArgs* args, size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) Multiply(problem, args[i]);
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunProductsFor, RunProducts)
}  // namespace sinew::cpu

namespace sinew::bench {
MultiplyAll MultiplyAllFor(simd::Target target) { return cpu::RunProductsFor(target); }
}  // namespace sinew::bench
#endif
