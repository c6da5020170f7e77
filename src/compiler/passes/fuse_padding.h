// Pass fuse-padding: a Pad of rows and columns before convolutions becomes their explicit padding.
//
// Only where every reader of the padded picture is a convolution; otherwise it has to be made anyway. Not for pools: a
// Pad writes zeros, while a maximum pool ignores what lies outside.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FusePadding(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
