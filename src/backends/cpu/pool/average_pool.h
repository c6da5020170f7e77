// Average pooling: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::AveragePoolProblem;
struct AveragePoolArgs {
  ConstView input;
  View output;
};
using AveragePoolAlgorithm = Algorithm<AveragePoolProblem, AveragePoolArgs>;
std::span<const AveragePoolAlgorithm> AveragePoolAlgorithms();

}  // namespace sinew::cpu
