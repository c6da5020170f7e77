// Models on this disk.
#pragma once

#include <filesystem>
#include <string_view>

#include "sinew/status.h"

namespace sinew::zoo {

// ${XDG_DATA_HOME:-~/.local/share}/sinew/models, where Fetch puts them.
Result<std::filesystem::path> StoreFolder();

// The graph of a model by name: under SINEW_MODELS (DIR/<name>/graph_opt.pb or model.json, whatever the name), else in
// the store. kNotFound says how to get it.
Result<std::filesystem::path> Locate(std::string_view name);

}  // namespace sinew::zoo
