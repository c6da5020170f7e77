// Compiled models of names and graphs, kept in the user's cache folder.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::cli {

struct ModelRequest {
  std::string model;                               // a .sinew artifact, a graph, or a name of the zoo
  Resolution resolution;                           // 0x0: the artifact's first, or the zoo's suggestion
  std::vector<Resolution> more_resolutions;        // that the same model shall have
  std::function<void(std::string_view line)> log;  // told when something is compiled
};

struct CachedModel {
  Model model;
  Resolution resolution;
  double load_seconds = 0;  // that Model::Load took
};

// The resolution that LoadOrCompile takes for 0x0.
Result<Resolution> DefaultResolution(const std::string& model);

// Loads the model, compiling it first where it is no artifact and has not been compiled for these resolutions and this
// processor before. The cache is ${XDG_CACHE_HOME:-~/.cache}/sinew/compiled; a damaged entry is made anew.
Result<CachedModel> LoadOrCompile(const ModelRequest& request);

}  // namespace sinew::cli
