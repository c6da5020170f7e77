// Reading and making the constants that passes compute with. Arithmetic is in double; results go back as float.
#pragma once

#include <optional>
#include <span>

#include "compiler/ir/affine.h"
#include "compiler/ir/graph.h"

namespace sinew::passes {

using ir::FloatConstant;

// The integer tensor of a constant node; null for any other node.
const ir::Tensor* IntConstant(const ir::Graph& graph, ir::NodeId id);

// A vector of floats; nullopt where a value is not finite as a float, which a rewrite takes as "leave it as it is".
std::optional<ir::Tensor> FloatVector(std::span<const double> values);

}  // namespace sinew::passes
