// Recognising pose networks: what a graph's input and outputs mean.
#pragma once

#include <optional>

#include "compiler/ir/graph.h"
#include "sinew/model_description.h"

namespace sinew {

// The description of a network that sinew knows by its first output: 57 channels are those of tf-pose-estimation's
// networks. Stride and position of the cells follow from the operations between input and output. Nothing where the
// output is another, or where these operations do not make cells that a description can state. `graph` has a bound
// input.
std::optional<ModelDescription> DescribeModel(const ir::Graph& graph);

}  // namespace sinew
