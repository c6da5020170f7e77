// What convolutions an algorithm can do, and sizes that many of them are counted by.
#pragma once

#include "backends/cpu/conv/algorithm.h"

namespace sinew::cpu {

inline int WindowDepth(const ConvProblem& p) { return p.kernel_h * p.kernel_w * p.in_c; }
inline int Pixels(const ConvProblem& p) { return p.out_h * p.out_w; }

// Sizes whose products the kernels take as int.
bool FitsInt32Indexing(const ConvProblem& p);
// Any window, without pooling.
bool SupportsIm2col(const ConvProblem& p);
// One matrix product on the tensor as it lies.
bool SupportsPointwise(const ConvProblem& p);

// As done directly, in whole blocks of output channels.
double ProductMultiplyAdds(const ConvProblem& p);

}  // namespace sinew::cpu
