// Pass remove-identities: nodes that hand their input on unchanged disappear.
//
// Identity; Cast to the type it has; Reshape, Squeeze and StridedSlice that change no dimension; Pad by nothing; resize
// to the same size; Concat of one; a pool of one element; a slice of every channel; adding 0, multiplying by 1; a
// ReLU of what is already clamped. A ReLU6 reads past a ReLU before it.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> RemoveIdentities(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
