// The arithmetic peak of a core, which everything else is a share of.
#pragma once

#include "simd/target.h"

namespace sinew::measure {

// Billions of floating point operations a second that one core reaches with fused multiply-adds on registers alone: the
// best of a few tries of milliseconds. 0 where the target is not compiled in.
double FmaPeakGflops(simd::Target target);

}  // namespace sinew::measure
