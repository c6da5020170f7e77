// Depthwise convolution (channel multiplier 1): the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::DepthwiseProblem;

struct DepthwiseArgs {
  ConstView input;
  View output;
  const float* packed;
  const float* bias;  // RoundUpToChannelBlock(channels) floats
};

using DepthwiseAlgorithm = Algorithm<DepthwiseProblem, DepthwiseArgs>;

// Plain weights given to `pack`: RSC.
std::span<const DepthwiseAlgorithm> DepthwiseAlgorithms();

}  // namespace sinew::cpu
