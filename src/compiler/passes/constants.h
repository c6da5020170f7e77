// Reading and making the constants that passes compute with. Arithmetic is in double; results go back as float.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::passes {

// The float tensor of a constant node; null for any other node.
const ir::Tensor* FloatConstant(const ir::Graph& graph, ir::NodeId id);
// The same for integers.
const ir::Tensor* IntConstant(const ir::Graph& graph, ir::NodeId id);

// One value a channel, from any constant that broadcasts over a picture of `channels` channels without varying over
// anything else: a scalar in any shape, [C], [1,C], [1,1,1,C].
std::optional<std::vector<double>> ChannelValues(const ir::Tensor& tensor, int64_t channels);

// A vector of floats; nullopt where a value is not finite as a float, which a rewrite takes as "leave it as it is".
std::optional<ir::Tensor> FloatVector(std::span<const double> values);

}  // namespace sinew::passes
