// The layers at the ends of a network.
#pragma once

#include <string>
#include <unordered_set>

#include "compiler/ir/graph.h"

namespace sinew {

// The names of the convolutions that read the picture or make the outputs, and of what only pools or joins their
// results: a step may be called by that. They stay wider than eight bits: pictures have more levels than a scale of
// eight bits tells apart once they were weighted, and nothing evens out what the last layers lose.
std::unordered_set<std::string> EndLayers(const ir::Graph& graph);

}  // namespace sinew
