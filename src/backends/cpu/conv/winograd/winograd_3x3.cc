// The Winograd algorithms for 3x3 kernels, for every target.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/winograd/winograd_3x3.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/winograd/rows.h"
#include "backends/cpu/conv/winograd/winograd-inl.h"

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunF4x3For, RunWinograd<F4x3>)
SINEW_DEFINE_RUN_FOR(RunF6x3For, RunWinograd<F6x3>)
SINEW_DEFINE_RUN_FOR(RunF8x3For, RunWinograd<F8x3>)
}  // namespace sinew::cpu
#endif
