// Where models lie.
#include "zoo/store.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "zoo/zoo.h"

namespace sinew::zoo {
namespace {

std::optional<std::filesystem::path> GraphIn(const std::filesystem::path& folder) {
  std::error_code error;
  for (const char* name : {"graph_opt.pb", "model.json"}) {
    if (std::filesystem::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

// A name is one component of a path.
bool IsName(std::string_view name) { return !name.empty() && name.find('/') == std::string_view::npos && name[0] != '.'; }

}  // namespace

Result<std::filesystem::path> StoreFolder() {
  if (const char* const data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "sinew/models";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return NotFound("neither XDG_DATA_HOME nor HOME says where models are kept: set one of them");
  return std::filesystem::path(home) / ".local/share/sinew/models";
}

Result<std::filesystem::path> Locate(std::string_view name) {
  if (!IsName(name)) return NotFound("\"{}\" is no name of a model", name);
  const Result<const Entry*> entry = Find(name);
  std::vector<std::filesystem::path> folders;
  if (const char* const models = std::getenv("SINEW_MODELS"); models != nullptr && *models != '\0') {
    folders.push_back(std::filesystem::path(models) / name);
    if (entry.ok() && !(*entry)->folder.empty()) folders.push_back(std::filesystem::path(models) / (*entry)->folder);
  }
  if (const Result<std::filesystem::path> store = StoreFolder(); store.ok()) folders.push_back(*store / name);
  for (const std::filesystem::path& folder : folders) {
    if (const auto graph = GraphIn(folder)) return *graph;
  }
  if (!entry.ok()) return entry.status();
  if ((*entry)->source.kind == Source::Kind::kManual) {
    return NotFound("{} cannot be fetched: {}. Put the file at DIR/{}/graph_opt.pb and set SINEW_MODELS=DIR", name,
                    (*entry)->source.instructions, name);
  }
  return NotFound("{} is not on this disk: run `sinew model fetch {}`, or set SINEW_MODELS to a folder with {}/graph_opt.pb", name, name, name);
}

}  // namespace sinew::zoo
