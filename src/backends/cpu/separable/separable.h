// Depthwise convolution followed by a pointwise (1x1) one, done a few rows at a time so that the tensor between them
// never leaves the cache: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "backends/cpu/depthwise/depthwise.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::SeparableProblem;

struct SeparableArgs {
  ConstView input;
  View output;
  const float* packed;          // both kernels, by the algorithm's pack
  const float* depthwise_bias;  // RoundUpToChannelBlock(channels) floats
  const float* pointwise_bias;  // RoundUpToChannelBlock(out_k) floats
};

using SeparableAlgorithm = Algorithm<SeparableProblem, SeparableArgs>;

// Of the plain weights, those of the pointwise convolution.
inline const float* PointwiseWeights(const SeparableProblem& p, const float* weights) {
  return weights +
         static_cast<size_t>(p.depthwise.kernel_h * p.depthwise.kernel_w) * static_cast<size_t>(p.depthwise.channels);
}

// Plain weights given to `pack`: the depthwise kernel RSC, then the pointwise one CK.
std::span<const SeparableAlgorithm> SeparableAlgorithms();

}  // namespace sinew::cpu
