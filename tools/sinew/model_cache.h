// Compiled models of names and graphs, kept in the user's cache folder.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::cli {

struct ModelRequest {
  std::string model;      // a .sinew artifact, a graph, or a name of the zoo
  Resolution resolution;  // 0x0: the artifact's first, or the zoo's suggestion
  std::function<void(std::string_view line)> log;  // told when something is compiled
};

struct CachedModel {
  Model model;
  Resolution resolution;
};

// Loads the model, compiling it first where it is no artifact and has not been compiled for this resolution and processor
// before. The cache is ${XDG_CACHE_HOME:-~/.cache}/sinew/compiled; a damaged entry is made anew.
Result<CachedModel> LoadOrCompile(const ModelRequest& request);

}  // namespace sinew::cli
