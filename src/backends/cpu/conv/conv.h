// Convolution: the problem, its arguments, and the table of every algorithm that solves it.
//   out[y,x,k] = act(bias[k] + sum_{r,s,c} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w -
//   pad_left, c] * w[r,s,c,k])
// Elements outside the input count as zero. `max_pool` takes the maximum over 2x2 results, stride 2, so that the larger
// picture between is never written.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"

namespace sinew::cpu {

struct ConvProblem {
  int in_h, in_w, in_c;
  int out_h, out_w, out_k;  // before the pooling
  int kernel_h, kernel_w;
  int stride_h, stride_w;
  int dilation_h, dilation_w;
  int pad_top, pad_left;  // what lies below and to the right follows from the sizes
  Activation activation;
  bool max_pool = false;  // where a size is odd, windows at its end may have one row or column, or be dropped
};

struct ConvArgs {
  ConstView input;      // in_h x in_w x in_c
  View output;          // out_h x out_w x out_k; pooled, half of that, rounded up or down
  const float* packed;  // by the algorithm's pack, 64-byte aligned
  const float* bias;    // RoundUpToChannelBlock(out_k) floats
};

using ConvAlgorithm = Algorithm<ConvProblem, ConvArgs>;

// Plain weights given to `pack`: RSCK. Several rows support most problems; cost and error choose among them.
std::span<const ConvAlgorithm> ConvAlgorithms();

}  // namespace sinew::cpu
