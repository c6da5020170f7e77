// The weights of a TensorFlow.js model: the manifest in model.json and the shard files it names.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// The content of the shard `path` (relative to model.json); kTooLarge when it has more than `max_bytes`.
using ShardSource = std::function<Result<std::string>(const std::string& path, uint64_t max_bytes)>;

// Reads every weight that the manifest lists, by name. Shards are read one at a time, and no more memory is taken than
// they have bytes, whatever sizes the manifest claims.
Result<std::unordered_map<std::string, TfTensor>> ReadTfjsWeights(const nlohmann::json& manifest,
                                                                  const ShardSource& read_shard);

}  // namespace sinew::import
