// The Winograd algorithms for 3x3 kernels, for every target.
#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd/winograd_3x3.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/winograd/rows.h"
#include "kernels/winograd/winograd-inl.h"

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunF4x3For, RunWinograd<F4x3>)
SINEW_DEFINE_RUN_FOR(RunF6x3For, RunWinograd<F6x3>)
SINEW_DEFINE_RUN_FOR(RunF8x3For, RunWinograd<F8x3>)
}  // namespace sinew::kernels
#endif
