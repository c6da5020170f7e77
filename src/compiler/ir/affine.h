// Nodes that scale and shift every channel of a picture by constants: act(input * scale[c] + shift[c]). That is what a
// batch norm with known statistics, an addition, subtraction, multiplication or division by a constant, and a
// ScaleShift have in common. Arithmetic is in double; whoever writes results back makes floats of them.
#pragma once

#include <optional>
#include <vector>

#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::ir {

// The float tensor of a constant node; null for any other node.
const Tensor* FloatConstant(const Graph& graph, NodeId id);

// One value per channel, from any constant that broadcasts over a picture of `channels` channels without varying over
// anything else: a scalar in any shape, [C], [1,C], [1,1,1,C].
std::optional<std::vector<double>> ChannelValues(const Tensor& tensor, int64_t channels);

struct Affine {
  NodeId input;
  std::vector<double> scale, shift;
  Activation activation = Activation::kNone;
};

// Of kScaleShift, kBatchNorm with given statistics, and kAdd, kSub, kMul and kDiv with one constant that varies over
// channels alone. kUnsupported, with what is in the way, for a node of another kind, constants of another shape or that
// are computed, a constant divided by a picture, a division by zero, and where broadcasting enlarges the picture.
Result<Affine> MakeAffine(const Graph& graph, const Node& node);

}  // namespace sinew::ir
