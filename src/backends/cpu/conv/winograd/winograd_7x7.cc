// The Winograd algorithms for 7x7 kernels, for every target.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/winograd/winograd_7x7.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/winograd/rows.h"
#include "backends/cpu/conv/winograd/winograd-inl.h"

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunF2x7For, RunWinograd<F2x7>)
SINEW_DEFINE_RUN_FOR(RunF4x7For, RunWinograd<F4x7>)
SINEW_DEFINE_RUN_FOR(RunF6x7For, RunWinograd<F6x7>)
}  // namespace sinew::cpu
#endif
