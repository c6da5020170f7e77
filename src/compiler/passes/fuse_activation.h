// Pass fuse-activation: ReLU and ReLU6 go into the node before them.
//
// That node must be one that has an activation (convolutions, batch norm, Add, ScaleShift) and be read by nothing else.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FuseActivation(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
