// A model as a network for the CUDA backend, as compiling it for GPUs and opening its plan makes one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/network.h"
#include "sinew/model.h"

namespace sinew {

// Imports a model, binds and rewrites it, plans it for GPUs, and reads the plan. The network keeps its weights alive.
Result<std::shared_ptr<const cuda::Network>> NetworkOfModel(const std::filesystem::path& model, Resolution resolution,
                                                            const std::vector<std::string>& outputs = {});

}  // namespace sinew
