// The models that are served: loaded, checked by running them, replaced without a request noticing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "service/model_cache.h"
#include "sinew/pose.h"

namespace sinew::serving {

// What is served under a name.
struct ModelSource {
  std::string name;
  std::string model;      // a compiled model, a graph, or a name of the zoo
  Resolution resolution;  // 0x0: the model's own
};

// "NAME=MODEL[@WxH]", "MODEL[@WxH]"; without a name it is the zoo's, or the file's without its suffix.
Result<ModelSource> ParseModelSource(const std::string& text);

// Where networks run.
struct Placement {
  std::vector<int> slot_threads = {1};  // of each slot's network
  Device device;
  Precision precision = Precision::kAuto;
};

// One loaded model with what each slot of the scheduler needs to run it. What belongs to a slot is for one thread at a
// time; the rest never changes.
class LoadedModel {
 public:
  // Runs the last slot's network, which has most processors, on a made-up picture; the others have the same weights.
  static Result<std::shared_ptr<LoadedModel>> Load(const ModelSource& source, int64_t version,
                                                   const service::ModelCache& cache, const Placement& placement);

  const std::string& name() const { return name_; }
  int64_t version() const { return version_; }
  const Model& model() const { return model_; }
  Resolution resolution() const { return resolution_; }
  const ModelDescription& description() const { return description_; }
  // The slot's, which decodes as `decode` says. Errors: those of PoseEstimator::SetDecodeOptions; kInvalidArgument on a
  // GPU for what is not the default.
  Result<PoseEstimator*> estimator(int slot, const DecodeOptions& decode);
  // Made when it is first used: for tensors in and maps out.
  Result<Session*> session(int slot);

 private:
  LoadedModel(const ModelSource& source, int64_t version, service::CachedModel cached, const Placement& placement)
      : name_(source.name),
        version_(version),
        model_(std::move(cached.model)),
        resolution_(cached.resolution),
        placement_(placement) {}
  SessionOptions OptionsOf(size_t slot) const {
    return {resolution_, placement_.slot_threads[slot], placement_.device, placement_.precision};
  }

  std::string name_;
  int64_t version_;
  Model model_;
  Resolution resolution_;
  Placement placement_;
  ModelDescription description_;
  std::vector<PoseEstimator> estimators_;
  std::vector<std::unique_ptr<Session>> sessions_;
};

struct ModelState {
  std::string name;
  int64_t version = 0;
  bool ready = false;
  std::string reason;  // why it is not, or why the last load failed
};

// Thread-safe. Requests hold the model that they began with: it goes when the last of them is done.
class Models {
 public:
  Models(std::vector<ModelSource> sources, const service::ModelCache* cache, Placement placement)
      : sources_(std::move(sources)), cache_(cache), placement_(std::move(placement)) {}

  // Loads the model, or loads it again; requests go to the new one once it has been checked. After an error those who
  // had a model keep it.
  Status Load(const std::string& name);
  // Requests are refused from now on; those that were taken are finished.
  Status Unload(const std::string& name);

  // An empty name: the first one. kNotFound for a name that is not served, another version than the loaded one, or a
  // model that was unloaded; kUnavailable for one that was never loaded so far.
  Result<std::shared_ptr<LoadedModel>> Find(const std::string& name, const std::string& version = "") const;
  bool IsReady() const;  // all of them are loaded, or were unloaded on request

  const std::vector<ModelSource>& sources() const { return sources_; }
  std::vector<ModelState> States() const;

 private:
  struct Entry {
    std::shared_ptr<LoadedModel> model;
    int64_t last_version = 0;
    bool unloaded = false;  // on request
    std::string reason;
  };
  Result<const ModelSource*> Source(const std::string& name) const;

  const std::vector<ModelSource> sources_;
  const service::ModelCache* const cache_;
  const Placement placement_;
  std::mutex loading_;  // one at a time
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace sinew::serving
