// Max pooling: the problem, its arguments and the table of algorithms. Elements outside the input do not take part.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"

namespace sinew::cpu {

struct PoolProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int window_h, window_w;
  int stride_h, stride_w;
  int pad_top, pad_left;
};

struct PoolArgs {
  ConstView input;
  View output;
};

using PoolAlgorithm = Algorithm<PoolProblem, PoolArgs>;
std::span<const PoolAlgorithm> PoolAlgorithms();

}  // namespace sinew::cpu
