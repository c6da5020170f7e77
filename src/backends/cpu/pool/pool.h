// Max pooling: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::PoolProblem;

struct PoolArgs {
  ConstView input;
  View output;
};

using PoolAlgorithm = Algorithm<PoolProblem, PoolArgs>;
std::span<const PoolAlgorithm> PoolAlgorithms();

}  // namespace sinew::cpu
