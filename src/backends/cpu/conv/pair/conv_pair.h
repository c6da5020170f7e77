// Two convolutions one after the other, done in bands of rows so that the large picture between them is never written
// to memory: the first layers of a VGG. The arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::ConvPairProblem;
using kernels::ConvProblem;

struct ConvPairArgs {
  ConstView input;
  View output;
  const float* packed;  // both kernels, by the algorithm's pack
  const float* first_bias;
  const float* second_bias;
};

using ConvPairAlgorithm = Algorithm<ConvPairProblem, ConvPairArgs>;

// Plain weights given to `pack`: the first kernel RSCK, then the second.
std::span<const ConvPairAlgorithm> ConvPairAlgorithms();

}  // namespace sinew::cpu
