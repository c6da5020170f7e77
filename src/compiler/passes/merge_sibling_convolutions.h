// Pass merge-sibling-convolutions: convolutions of one input with equal geometry become one, where that pays.
//
// The kernels are joined along K; each former convolution becomes a SliceChannels of the joint result, which its
// readers see through a view, without a copy. See Pays() in the source for when, and ReadsSlices() for where not.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> MergeSiblingConvolutions(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
