// Pass fold-batch-norm: a batch norm with known statistics goes into the convolution before it, else becomes a
// ScaleShift.
//
//   scale = gamma / sqrt(variance + epsilon)      shift = beta - mean * scale
//   act((conv(x, w) + b) * scale + shift) = act(conv(x, w * scale) + (b * scale + shift))
// Needs a convolution with constant weights, without activation, read by the batch norm alone. A batch norm without
// statistics uses those of the picture itself and depends on it: it stays as it is.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FoldBatchNorm(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
