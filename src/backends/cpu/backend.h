// The kernels of this folder as the planner sees them.
#pragma once

#include "backends/backend.h"

namespace sinew::cpu {

// Backend "cpu". Costs are those of a processor with 256-bit FMA (kSecondsPerCost in cost.h), the same whatever the
// target: comparing algorithms needs no better.
const backends::Backend& CpuBackend();

}  // namespace sinew::cpu
