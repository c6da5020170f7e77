// Batch normalisation with the picture's own statistics: what a TensorFlow FusedBatchNorm with is_training=True does to
// one picture.
//   out[p,c] = act((in[p,c] - mean[c]) / sqrt(variance[c] + epsilon) * gamma[c] + beta[c])
// with the mean and the biased variance over all pixels, summed in double.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"

namespace sinew::cpu {

struct NormalizeProblem {
  int height, width, channels;
  float epsilon;
  Activation activation;
};

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
