// The matrix product that all convolutions come down to, by itself.
#pragma once

#include <cstddef>

#include "kernels/gemm/gemm.h"
#include "kernels/target.h"

namespace sinew::bench {

// Does `count` products one after another. Null where the target is not compiled in.
using MultiplyAll = void (*)(const kernels::GemmProblem* problems, size_t count) noexcept;
MultiplyAll MultiplyAllFor(kernels::Target target);

}  // namespace sinew::bench
