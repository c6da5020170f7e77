// The functions that conv.cc puts into its table; each lives in the source of its algorithm.
#pragma once

#include "backends/cpu/conv/algorithm.h"

namespace sinew::cpu {

ConvAlgorithm::Run RunPointwiseFor(Target target);
ConvAlgorithm::Run RunIm2colFor(Target target);
ConvAlgorithm::Run RunDirectFor(Target target);
ConvAlgorithm::Run RunStrassen1For(Target target);
ConvAlgorithm::Run RunStrassen2For(Target target);

}  // namespace sinew::cpu
