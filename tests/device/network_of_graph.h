// A model's graph as a network for the CUDA backend.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/network.h"
#include "compiler/ir/graph.h"
#include "sinew/model.h"

namespace sinew {

// `graph` has a bound input of one picture. The network keeps the weights that it shares with the graph alive.
// kUnsupported with a list of the nodes that the backend does not run.
Result<std::shared_ptr<const cuda::Network>> NetworkOfGraph(const ir::Graph& graph);

// Imports a model, binds and rewrites it as the compiler does.
Result<std::shared_ptr<const cuda::Network>> NetworkOfModel(const std::filesystem::path& model, Resolution resolution,
                                                           const std::vector<std::string>& outputs = {});

}  // namespace sinew
