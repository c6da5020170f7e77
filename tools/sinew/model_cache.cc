// The cache of compiled models. A file's name holds a hash of all that the result depends on.
#include "model_cache.h"

#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "artifact/reader.h"
#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "kernels/target.h"
#include "sinew/compiler.h"
#include "zoo/store.h"
#include "zoo/zoo.h"

namespace sinew::cli {
namespace {

constexpr Resolution kDefaultResolution = {432, 368};

Result<std::filesystem::path> CompiledFolder() {
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path cache, UserCacheFolder());
  return cache / "compiled";
}

// Changes whenever the file does, without reading it.
std::string Fingerprint(const std::filesystem::path& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return path.string();
  return fmt::format("{}:{}:{}.{:09}", path.string(), info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// Of a graph and, for a TensorFlow.js model, the shards beside it.
std::string GraphFingerprint(const std::filesystem::path& graph) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::weakly_canonical(graph, error);
  if (!std::filesystem::is_directory(absolute, error) && absolute.extension() != ".json") return Fingerprint(absolute);
  const std::filesystem::path folder = std::filesystem::is_directory(absolute, error) ? absolute : absolute.parent_path();
  std::vector<std::string> parts;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) parts.push_back(Fingerprint(entry.path()));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}|{}", absolute.string(), fmt::join(parts, "|"));
}

bool IsArtifact(const std::filesystem::path& path) {
  constexpr size_t kPrefixBytes = 64;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const Result<std::string> prefix = ReadFilePrefix(path, kPrefixBytes);
  return prefix.ok() && artifact::Artifact::LooksLikeArtifact(*prefix);
}

struct Graph {
  std::filesystem::path path;
  Resolution suggested = kDefaultResolution;
};

// A path if there is such a file, else a name.
Result<Graph> FindGraph(const std::string& model) {
  std::error_code error;
  if (std::filesystem::exists(model, error)) return Graph{model};
  if (model.find('/') != std::string::npos || model.ends_with(".pb") || model.ends_with(".sinew")) {
    return NotFound("{}: no such file", model);
  }
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path path, zoo::Locate(model));
  Graph graph = {path};
  if (const auto entry = zoo::Find(model); entry.ok()) {
    SINEW_ASSIGN_OR_RETURN(graph.suggested, ParseResolution((*entry)->resolution));
  }
  return graph;
}

Result<CachedModel> LoadArtifact(const std::filesystem::path& path, Resolution resolution) {
  SINEW_ASSIGN_OR_RETURN(Model model, Model::Load(path));
  if (resolution == Resolution{}) resolution = model.resolutions()[0];
  return CachedModel{std::move(model), resolution};
}

}  // namespace

Result<CachedModel> LoadOrCompile(const ModelRequest& request) {
  if (IsArtifact(request.model)) return LoadArtifact(request.model, request.resolution);
  SINEW_ASSIGN_OR_RETURN(const Graph graph, FindGraph(request.model));
  SINEW_ASSIGN_OR_RETURN(const kernels::Target target, kernels::DefaultTarget());
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path folder, CompiledFolder());
  const Resolution resolution = request.resolution == Resolution{} ? graph.suggested : request.resolution;
  const std::string size = fmt::format("{}x{}", resolution.width, resolution.height);
  // The program itself is part of what the result depends on.
  const std::string key = fmt::format("{}|{}|{}|{}", GraphFingerprint(graph.path), size, kernels::TargetName(target),
                                      Fingerprint("/proc/self/exe"));
  const std::string stem = std::filesystem::path(request.model).stem().string();
  const std::filesystem::path artifact =
      folder / fmt::format("{}-{}-{}-{:016x}.sinew", stem, size, kernels::TargetName(target), XXH3_64bits(key.data(), key.size()));

  std::error_code error;
  if (std::filesystem::exists(artifact, error)) {
    if (Result<CachedModel> cached = LoadArtifact(artifact, resolution); cached.ok()) return cached;
  }
  if (request.log) request.log(fmt::format("compiling {} for {} on {}; kept as {}", request.model, size, kernels::TargetName(target), artifact.string()));
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  CompileOptions options;
  options.resolutions = {resolution};
  options.target = kernels::TargetName(target);
  options.name = stem;
  SINEW_RETURN_IF_ERROR(Compile(graph.path, artifact, options).status());
  return LoadArtifact(artifact, resolution);
}

}  // namespace sinew::cli
