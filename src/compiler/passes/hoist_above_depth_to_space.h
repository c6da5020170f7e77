// Pass hoist-above-depth-to-space: what is done to each channel or element of a kDepthToSpace's result is done to its
// input, where the passes behind find the convolution that it can be fused with. A transposed convolution with its
// batch norm and activation becomes one convolution and a move of pixels.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> HoistAboveDepthToSpace(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
