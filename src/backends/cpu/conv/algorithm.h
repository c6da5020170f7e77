// An algorithm of the convolution family: its arguments, and the type of a row of the table (conv.h).
#pragma once

#include "backends/cpu/algorithm.h"
#include "backends/cpu/bf16_view.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::ConvProblem;

struct ConvArgs {
  ConstView input;      // in_h x in_w x in_c
  View output;          // out_h x out_w x out_k; pooled, half of that, rounded up or down
  const float* packed;  // by the algorithm's pack, 64-byte aligned
  const float* bias;    // RoundUpToChannelBlock(out_k) floats
  // In place of `input` and `output` where they have data.
  ConstBf16View bf16_input = {};
  Bf16View bf16_output = {};
};

using ConvAlgorithm = Algorithm<ConvProblem, ConvArgs>;

}  // namespace sinew::cpu
