// Pass fold-depthwise-1x1: a depthwise 1x1 convolution goes into the convolution that reads it.
//
// Without an activation it only scales (and shifts) each channel, which the next kernel can do:
//   w'[r,s,c,k] = sum_m d[c,m] * w[r,s,c*M+m,k]        bias'[k] = bias[k] + sum_{r,s,j} b[j] * w[r,s,j,k]
// Needs stride 1, one reader, and, where the depthwise bias b is not 0, a reader without padding (any pointwise one).
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FoldDepthwise1x1(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
