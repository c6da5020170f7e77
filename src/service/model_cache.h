// Compiled models of names and graphs: compiled on first use, kept in the user's cache folder, found again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/recent_models.h"
#include "sinew/compiler.h"
#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace sinew::service {

struct ModelRequest {
  std::string model;                         // a compiled model, a graph, or a name of the zoo
  Resolution resolution;                     // 0x0: the compiled model's first, or the zoo's suggestion
  std::vector<Resolution> more_resolutions;  // that the same model shall have
  std::string backend = "cpu";               // that it is compiled for (Device::backend)
  // Of the CPU backend: that a model which is not compiled yet is compiled with, within DefaultMaxError.
  Precision precision = Precision::kAuto;
};

struct CachedModel {
  Model model;
  Resolution resolution;
  double load_seconds = 0;  // that Model::Load took
};

struct RemovedFiles {
  int64_t files = 0;
  uint64_t bytes = 0;
};

// All resolutions of a model are in one file, where they share the weights that are packed alike: one that is asked for
// later is compiled by itself and added (compiler/add_plans.h), and computes what it would if nothing else were there.
//
// Thread-safe, and safe between processes: a model appears under its name only when it is whole, and one that is
// replaced or removed while it is in use stays usable. Where the folder cannot be written to, models are compiled for
// this process alone.
class ModelCache {
 public:
  struct Options {
    std::filesystem::path folder;  // empty: UserCacheFolder()/compiled
    // After a compilation, models that were not used for longest are removed until the folder is this small.
    uint64_t max_bytes = uint64_t{8} << 30;
    std::function<void(std::string_view line)> log;  // told when something is compiled, and where it is kept
    // What models mean that are compiled here, where sinew cannot know it: CompileOptions::description.
    std::optional<ModelDescription> description = std::nullopt;
    std::filesystem::path prototxt = {};  // of a .caffemodel: CompileOptions::prototxt
  };
  explicit ModelCache(Options options);
  ModelCache() : ModelCache(Options()) {}

  // The resolution that Load takes for 0x0.
  Result<Resolution> DefaultResolution(const std::string& model) const;

  // What the model's numbers mean, without compiling it: as Options say, else DescribeSource, whose answer is kept
  // beside the models for as long as the graph stays the same. kUnsupported for one that is not known to be a pose
  // network; kInvalidArgument where Options describe a compiled model.
  Result<ModelDescription> Description(const std::string& model) const;

  // Loads the model, compiling it first where it is not a compiled one and the cache lacks one of these resolutions for
  // this processor; a damaged entry is made anew. What is loaded from the cache has these resolutions alone. Errors:
  // those of FindModelFile, Compile and Model::Load.
  Result<CachedModel> Load(const ModelRequest& request) const;

  // For a pipeline: Load of `model` for that backend and precision, and whatever resolutions it needs. The cache must
  // outlive it.
  pipeline::ModelProvider Provider(std::string model, std::string_view backend = "cpu",
                                   Precision precision = Precision::kAuto) const;

  // Removes all compiled models, or with `max_bytes` those that were not used for longest until the rest is that small;
  // what killed compilations left behind goes in any case.
  Result<RemovedFiles> Clean(uint64_t max_bytes = 0) const;

  // Where they are kept. kNotFound where the environment does not say.
  Result<std::filesystem::path> Folder() const;

 private:
  Result<ModelDescription> SourceDescription(const std::filesystem::path& graph) const;
  Status CheckNotCompiled(const std::string& model, bool is_compiled) const;
  Result<CachedModel> CompileForThisProcess(const std::filesystem::path& graph, const CompileOptions& options) const;
  void Log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  const Options options_;
};

}  // namespace sinew::service
