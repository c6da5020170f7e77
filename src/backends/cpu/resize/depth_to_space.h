// Blocks of pixels made of channels: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::DepthToSpaceProblem;
struct DepthToSpaceArgs {
  ConstView input;
  View output;
};
using DepthToSpaceAlgorithm = Algorithm<DepthToSpaceProblem, DepthToSpaceArgs>;
std::span<const DepthToSpaceAlgorithm> DepthToSpaceAlgorithms();

}  // namespace sinew::cpu
