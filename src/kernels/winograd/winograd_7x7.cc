// The Winograd algorithms for 7x7 kernels, for every target.
#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd/winograd_7x7.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/winograd/rows.h"
#include "kernels/winograd/winograd-inl.h"

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunF2x7For, RunWinograd<F2x7>)
SINEW_DEFINE_RUN_FOR(RunF4x7For, RunWinograd<F4x7>)
SINEW_DEFINE_RUN_FOR(RunF6x7For, RunWinograd<F6x7>)
}  // namespace sinew::kernels
#endif
