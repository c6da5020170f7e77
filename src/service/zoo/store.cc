// Where models lie.
#include "service/zoo/store.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/remote.h"
#include "service/zoo/zoo.h"

namespace sinew::zoo {
namespace {

// A store that does not answer is told from one that has no such file.
Result<bool> IsFile(const std::filesystem::path& path) {
  if (IsRemote(path)) return FileExists(path);
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

// The one .caffemodel of a folder; empty where there are none or several.
std::filesystem::path OnlyCaffeModel(const std::filesystem::path& folder) {
  std::filesystem::path found;
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (i->path().extension() != ".caffemodel") continue;
    if (!found.empty()) return {};
    found = i->path();
  }
  return found;
}

// A name is one component of a path.
bool IsOneComponent(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos &&
         name[0] != '.';
}

// The folder that SINEW_MODELS names; empty when it names none.
std::filesystem::path HandedFolder() {
  const char* const models = std::getenv("SINEW_MODELS");
  return models == nullptr ? "" : models;
}

Status NotThere(const Entry& entry) {
  const std::filesystem::path handed = HandedFolder();
  const std::string searched =
      handed.empty() ? "" : fmt::format(" (SINEW_MODELS={} has no {})", handed.string(), entry.name);
  if (entry.format == "Caffe") {
    return NotFound(
        "{} cannot be fetched: {}. Put {} and its .prototxt into DIR/{} and set SINEW_MODELS=DIR{}. Its licence: {}",
        entry.name, entry.source.instructions, entry.source.file, entry.name, searched, entry.licence);
  }
  if (entry.source.kind == Source::Kind::kManual) {
    return NotFound("{} cannot be fetched: {}. Put the file at DIR/{}/{} and set SINEW_MODELS=DIR{}. Its licence: {}",
                    entry.name, entry.source.instructions, entry.name, kFrozenGraph, searched, entry.licence);
  }
  return NotFound("{} is not on this disk{}: run `sinew model fetch {}`, or set SINEW_MODELS to a folder with {}/{}",
                  entry.name, searched, entry.name, entry.name, kFrozenGraph);
}

}  // namespace

Result<std::filesystem::path> StoreFolder() {
  if (const char* const data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "sinew/models";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    return NotFound("neither XDG_DATA_HOME nor HOME says where models are kept: set one of them");
  }
  return std::filesystem::path(home) / ".local/share/sinew/models";
}

Result<std::filesystem::path> Locate(std::string_view name) {
  if (!IsOneComponent(name)) return NotFound("\"{}\" is not the name of a model", name);
  const Result<const Entry*> entry = Find(name);
  std::vector<std::filesystem::path> candidates;
  if (const std::filesystem::path handed = HandedFolder(); !handed.empty()) {
    candidates = {handed / name / kFrozenGraph, handed / name / kWebGraph, handed / fmt::format("{}.sinew", name),
                  OnlyCaffeModel(handed / name)};
    // Upstream's folder: of another name, and shared with the same network's other form.
    if (entry.ok() && !(*entry)->folder.empty()) candidates.push_back(handed / (*entry)->folder / kFrozenGraph);
  }
  if (const Result<std::filesystem::path> store = StoreFolder(); store.ok()) {
    candidates.insert(candidates.end(),
                      {*store / name / kFrozenGraph, *store / name / kWebGraph, OnlyCaffeModel(*store / name)});
  }
  for (const std::filesystem::path& candidate : candidates) {
    SINEW_ASSIGN_OR_RETURN(const bool is_file, IsFile(candidate));
    if (is_file) return candidate;
  }
  return entry.ok() ? NotThere(**entry) : entry.status();
}

}  // namespace sinew::zoo
