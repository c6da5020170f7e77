// Resize by the nearest pixel: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::ResizeNearestProblem;
struct NearestArgs {
  ConstView input;
  View output;
};
using NearestAlgorithm = Algorithm<ResizeNearestProblem, NearestArgs>;
std::span<const NearestAlgorithm> NearestAlgorithms();

}  // namespace sinew::cpu
