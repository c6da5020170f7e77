// The matrix product that all convolutions come down to, by itself.
#pragma once

#include <cstddef>

#include "backends/cpu/gemm/gemm.h"
#include "simd/target.h"

namespace sinew::bench {

// Does `count` products of one shape one after another. Null where the target is not compiled in.
using MultiplyAll = void (*)(const cpu::GemmProblem& problem, const cpu::GemmArgs* args, size_t count) noexcept;
MultiplyAll MultiplyAllFor(simd::Target target);

}  // namespace sinew::bench
