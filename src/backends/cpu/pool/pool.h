// Max pooling: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "backends/cpu/bf16_view.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::PoolProblem;

struct PoolArgs {
  ConstView input;
  View output;
  // In place of `input` and `output` where they have data.
  ConstBf16View bf16_input = {};
  Bf16View bf16_output = {};
};

using PoolAlgorithm = Algorithm<PoolProblem, PoolArgs>;
std::span<const PoolAlgorithm> PoolAlgorithms();

}  // namespace sinew::cpu
