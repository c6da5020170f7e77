// The cache of compiled models. A file's name holds a hash of all that the result depends on.
#include "model_cache.h"

#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/stopwatch.h"
#include "command.h"
#include "program/reader.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"
#include "simd/target.h"
#include "sinew/compiler.h"

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
  const std::filesystem::path folder =
      std::filesystem::is_directory(absolute, error) ? absolute : absolute.parent_path();
  std::vector<std::string> parts;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    parts.push_back(Fingerprint(entry.path()));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}|{}", absolute.string(), fmt::join(parts, "|"));
}

bool IsArtifact(const std::filesystem::path& path) {
  constexpr size_t kPrefixBytes = 64;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const Result<std::string> prefix = ReadFilePrefix(path, kPrefixBytes);
  return prefix.ok() && program::Artifact::LooksLikeArtifact(*prefix);
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

// Of the model in a file: its first resolution for 0x0; kInvalidArgument for one that it has not.
Result<CachedModel> LoadArtifact(const std::filesystem::path& path, std::vector<Resolution> wanted) {
  const Stopwatch stopwatch;
  SINEW_ASSIGN_OR_RETURN(Model model, Model::Load(path));
  const double load_seconds = stopwatch.Seconds();
  const std::vector<Resolution> has = model.resolutions();
  if (wanted[0] == Resolution{}) wanted[0] = has[0];
  for (const Resolution& resolution : wanted) {
    if (std::find(has.begin(), has.end(), resolution) != has.end()) continue;
    std::vector<std::string> names;
    for (const Resolution& one : has) names.push_back(ToString(one));
    return InvalidArgument("{}: was compiled for {}, not for {}: compile it with --net-resolution {}", path.string(),
                           fmt::join(names, ", "), ToString(resolution), ToString(resolution));
  }
  return CachedModel{std::move(model), wanted[0], load_seconds};
}

}  // namespace

Result<Resolution> DefaultResolution(const std::string& model) {
  if (IsArtifact(model)) {
    SINEW_ASSIGN_OR_RETURN(const CachedModel cached, LoadArtifact(model, {Resolution{}}));
    return cached.resolution;
  }
  SINEW_ASSIGN_OR_RETURN(const Graph graph, FindGraph(model));
  return graph.suggested;
}

Result<CachedModel> LoadOrCompile(const ModelRequest& request) {
  std::vector<Resolution> resolutions = {request.resolution};
  resolutions.insert(resolutions.end(), request.more_resolutions.begin(), request.more_resolutions.end());
  if (IsArtifact(request.model)) return LoadArtifact(request.model, resolutions);
  SINEW_ASSIGN_OR_RETURN(const Graph graph, FindGraph(request.model));
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::DefaultTarget());
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path folder, CompiledFolder());
  if (resolutions[0] == Resolution{}) resolutions[0] = graph.suggested;
  std::vector<std::string> sizes;
  for (const Resolution& resolution : resolutions) sizes.push_back(ToString(resolution));
  const std::string size = fmt::format("{}", fmt::join(sizes, ","));
  // The program itself is part of what the result depends on.
  const std::string key = fmt::format("{}|{}|{}|{}", GraphFingerprint(graph.path), size, simd::TargetName(target),
                                      Fingerprint("/proc/self/exe"));
  const std::string stem = std::filesystem::path(request.model).stem().string();
  const std::filesystem::path artifact =
      folder / fmt::format("{}-{}-{}-{:016x}.sinew", stem, sizes[0], simd::TargetName(target),
                           XXH3_64bits(key.data(), key.size()));

  std::error_code error;
  if (std::filesystem::exists(artifact, error)) {
    if (Result<CachedModel> cached = LoadArtifact(artifact, resolutions); cached.ok()) return cached;
  }
  if (request.log)
    request.log(fmt::format("compiling {} for {} on {}; kept as {}", request.model, size, simd::TargetName(target),
                            artifact.string()));
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  CompileOptions options;
  options.resolutions = resolutions;
  options.target = simd::TargetName(target);
  options.name = stem;
  SINEW_RETURN_IF_ERROR(Compile(graph.path, artifact, options).status());
  return LoadArtifact(artifact, resolutions);
}

}  // namespace sinew::cli
