// Pass fold-constants: operations on constants become constants, and so does the shape of a picture whose size is
// known.
//
// With the input bound, Shape -> StridedSlice -> Mul -> ... -> ResizeBilinear ends as a resize to a constant size. The
// values come from the reference executor, in double, rounded once. A result may be no larger than the constants that
// it is made of or a fixed small size, and all results together no larger than twice the model, so that a small file
// cannot ask for much memory or time; what exceeds that stays an operation.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FoldConstants(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
