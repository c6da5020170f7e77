// Pass fold-input-scale: scaling each channel by a constant before convolutions goes into their kernels.
//
//   conv(x * scale, w)[k] = sum_c x[c] * (scale[c] * w[c,k])
// Zeros of padding stay zeros when scaled, so scaling always commutes with it. A shift does not: it would have to stop
// at the border. It goes into the bias only where the convolution has no padding. Done only where every reader is such
// a convolution; otherwise the scaling has to be made anyway and nothing is won.
#pragma once

#include "compiler/ir/graph.h"

namespace sinew::passes {

Result<ir::Graph> FoldInputScale(const ir::Graph& graph, int* changes);

}  // namespace sinew::passes
