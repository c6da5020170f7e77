// Models on this disk.
#pragma once

#include <filesystem>
#include <string_view>

#include "sinew/status.h"

namespace sinew::zoo {

// What the graph's file is called in a model's folder: a frozen TensorFlow graph, a TensorFlow.js model.
inline constexpr const char* kFrozenGraph = "graph_opt.pb";
inline constexpr const char* kWebGraph = "model.json";

// ${XDG_DATA_HOME:-~/.local/share}/sinew/models, where Fetch puts them.
Result<std::filesystem::path> StoreFolder();

// The graph of a model by name: under SINEW_MODELS (DIR/<name>/graph_opt.pb, model.json or the only .caffemodel, or the
// compiled DIR/<name>.sinew, whatever the name; DIR may be s3://bucket/prefix, where .caffemodel are not looked for),
// else in the store. kNotFound says how to get it.
Result<std::filesystem::path> Locate(std::string_view name);

}  // namespace sinew::zoo
