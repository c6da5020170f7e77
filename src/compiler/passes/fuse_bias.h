// Pass fuse-bias: arithmetic with constants of one value per channel goes into the node before it, else becomes a
// ScaleShift.
//
// Add, Sub, Mul and Div (and ScaleShift itself) by constants go, where nothing else reads that node and it has no
// activation, into
//   a convolution   kernel * scale, bias * scale + shift      (an addition is a plain bias)
//   a ScaleShift    scale1 * scale2, shift1 * scale2 + shift2
//   a batch norm of the picture's own statistics    gamma * scale, beta * scale + shift
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FuseBias(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
