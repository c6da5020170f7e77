// Depthwise convolution (channel multiplier 1): the problem, its arguments and the table of algorithms.
//   out[y,x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left,
//   c] * w[r,s,c])
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"

namespace sinew::cpu {

struct DepthwiseProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int kernel_h, kernel_w;
  int stride_h, stride_w;
  int dilation_h, dilation_w;
  int pad_top, pad_left;
  Activation activation;
};

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
