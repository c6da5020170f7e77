// A node seen as a scale and a shift of every channel.
#pragma once

#include <vector>

#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::plan {

// input * scale + shift, channel by channel.
struct ScaleShift {
  ir::NodeId input;
  std::vector<float> scale, shift;
};
// Of kScaleShift, kBatchNorm with given statistics, kAdd/kSub/kMul/kDiv with a constant per channel or scalar, kRelu
// and kRelu6 (scale 1, shift 0). kUnsupported where the constants are of another shape.
Result<ScaleShift> MakeScaleShift(const ir::Graph& graph, const ir::Node& node);

}  // namespace sinew::plan
