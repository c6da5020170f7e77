// Batch normalisation with the picture's own statistics, summed in double: the arguments and the table of algorithms.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::NormalizeProblem;

struct NormalizeArgs {
  ConstView input;
  View output;         // may be the input
  const float* gamma;  // RoundUpToChannelBlock(channels) floats each
  const float* beta;
  double* sums;  // MomentSums(problem) of them, which the first pass writes and the second one reads
};

size_t MomentSums(const NormalizeProblem& p);

using NormalizeAlgorithm = Algorithm<NormalizeProblem, NormalizeArgs>;
std::span<const NormalizeAlgorithm> NormalizeAlgorithms();

}  // namespace sinew::cpu
