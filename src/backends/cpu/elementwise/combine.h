// Two pictures, element by element, the smaller stretched: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::CombineProblem;
struct CombineArgs {
  ConstView a, b;
  View output;  // may be one of the output's size
};
using CombineAlgorithm = Algorithm<CombineProblem, CombineArgs>;
std::span<const CombineAlgorithm> CombineAlgorithms();

}  // namespace sinew::cpu
