// Bilinear resize of float pictures: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::ResizeProblem;

struct ResizeArgs {
  ConstView input;
  View output;
};

using ResizeAlgorithm = Algorithm<ResizeProblem, ResizeArgs>;
std::span<const ResizeAlgorithm> ResizeAlgorithms();

}  // namespace sinew::cpu
