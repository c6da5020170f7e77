// Loading, checking, swapping.
#include "serving/models.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/guard.h"
#include "media/images/image.h"
#include "service/resolution_text.h"

namespace sinew::serving {
namespace {

// Edges in all directions, so that every part of the network has something to do; the same every time.
media::Image MakeTrialPicture(Resolution resolution) {
  media::Image image = media::Image::OfSize(resolution.width, resolution.height);
  uint32_t state = 1;
  for (uint8_t& value : image.pixels) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

Status CheckFinite(const TensorView& maps) {
  for (int y = 0; y < maps.height; ++y) {
    for (int x = 0; x < maps.width; ++x) {
      const float* cell =
          maps.data +
          (static_cast<size_t>(y) * static_cast<size_t>(maps.width) + static_cast<size_t>(x)) * maps.pixel_stride;
      for (int c = 0; c < maps.channels; ++c) {
        if (!std::isfinite(cell[c])) return Corrupt("its maps have values that are not numbers on a trial picture");
      }
    }
  }
  return Status();
}

// Whether the options that a request can choose are those that every estimator begins with.
bool AreDefaults(const DecodeOptions& decode) {
  const auto chosen = [](const DecodeOptions& o) {
    return std::tie(o.peak_threshold, o.paf_threshold, o.min_score, o.min_parts, o.max_people);
  };
  const DecodeOptions defaults;
  return chosen(decode) == chosen(defaults);
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

Result<ModelSource> ParseModelSource(const std::string& text) {
  ModelSource source;
  source.model = text;
  if (const size_t equals = text.find('='); equals != std::string::npos) {
    source.name = text.substr(0, equals);
    source.model = text.substr(equals + 1);
  }
  if (const size_t at = source.model.rfind('@'); at != std::string::npos) {
    const std::string size = source.model.substr(at + 1);
    if (service::ParseResolutionOrFit(size).ok()) {
      // A network's size is chosen here, and not by each picture: nothing is compiled for a request.
      SINEW_ASSIGN_OR_RETURN(source.resolution, service::ParseResolution(size));
      source.model.resize(at);
    }
  }
  if (source.name.empty()) source.name = std::filesystem::path(source.model).stem().string();
  if (source.name.empty() || source.name.size() > 128 ||
      !std::all_of(source.name.begin(), source.name.end(), IsNameCharacter)) {
    return InvalidArgument(
        "\"{}\": a model is served under a name of letters, digits, '_', '-' and '.'; give it one with NAME=MODEL",
        text);
  }
  if (source.name.ends_with(".maps"))
    return InvalidArgument("\"{}\": names that end in .maps stand for the maps of a model; give another", text);
  return source;
}

Result<std::shared_ptr<LoadedModel>> LoadedModel::Load(const ModelSource& source, int64_t version,
                                                       const service::ModelCache& cache, const Placement& placement) {
  SINEW_ASSIGN_OR_RETURN(service::CachedModel cached,
                         cache.Load({source.model, source.resolution, {}, std::string(placement.device.backend())}));
  std::shared_ptr<LoadedModel> loaded(new LoadedModel(source, version, std::move(cached), placement));
  for (size_t slot = 0; slot < placement.slot_threads.size(); ++slot) {
    PoseOptions options;
    options.session = loaded->OptionsOf(slot);
    SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(loaded->model_, options));
    loaded->estimators_.push_back(std::move(estimator));
  }
  PoseEstimator& widest = loaded->estimators_.back();
  const media::Image trial = MakeTrialPicture(loaded->resolution_);
  SINEW_RETURN_IF_ERROR(widest.Estimate(trial.view()).status());
  const TensorView maps = widest.maps();
  if (maps.data == nullptr) return Unavailable("its maps cannot be fetched from {}", placement.device.name());
  SINEW_RETURN_IF_ERROR(CheckFinite(maps));
  SINEW_RETURN_IF_ERROR(loaded->model_.CheckUnchanged());
  loaded->description_ = widest.description();
  loaded->sessions_.resize(placement.slot_threads.size());
  return loaded;
}

Result<PoseEstimator*> LoadedModel::estimator(int slot, const DecodeOptions& decode) {
  PoseEstimator* const estimator = &estimators_[static_cast<size_t>(slot)];
  // A GPU decodes as it was told at first.
  if (placement_.device.is_gpu() && AreDefaults(decode)) return estimator;
  if (placement_.device.is_gpu())
    return InvalidArgument("thresholds cannot be chosen here: the network runs on a GPU, with the defaults");
  SINEW_RETURN_IF_ERROR(estimator->SetDecodeOptions(decode));
  return estimator;
}

Result<Session*> LoadedModel::session(int slot) {
  std::unique_ptr<Session>& session = sessions_[static_cast<size_t>(slot)];
  if (session == nullptr) {
    SINEW_ASSIGN_OR_RETURN(Session made, Session::Create(model_, OptionsOf(static_cast<size_t>(slot))));
    session = std::make_unique<Session>(std::move(made));
  }
  return session.get();
}

Result<const ModelSource*> Models::Source(const std::string& name) const {
  for (const ModelSource& source : sources_) {
    if (source.name == name) return &source;
  }
  std::string names;
  for (const ModelSource& source : sources_) names += (names.empty() ? "" : ", ") + source.name;
  return NotFound("no model \"{}\" is served here; there is {}", name, names);
}

Status Models::Load(const std::string& name) {
  SINEW_ASSIGN_OR_RETURN(const ModelSource* const source, Source(name));
  const std::lock_guard one_at_a_time(loading_);
  int64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    version = found == entries_.end() ? 1 : found->second.last_version + 1;
  }
  using Loaded = Result<std::shared_ptr<LoadedModel>>;
  Loaded loaded = CatchAll([&]() -> Loaded { return LoadedModel::Load(*source, version, *cache_, placement_); });
  std::shared_ptr<LoadedModel> old;  // goes after the lock
  const std::lock_guard lock(mutex_);
  if (!loaded.ok()) {
    if (const auto found = entries_.find(name); found != entries_.end())
      found->second.reason = loaded.status().message();
    return loaded.status();
  }
  Entry& entry = entries_[name];
  old = std::exchange(entry.model, std::move(*loaded));
  entry.last_version = version;
  entry.unloaded = false;
  entry.reason.clear();
  return Status();
}

Status Models::Unload(const std::string& name) {
  SINEW_RETURN_IF_ERROR(Source(name).status());
  std::shared_ptr<LoadedModel> old;
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[name];
  old = std::exchange(entry.model, nullptr);
  entry.unloaded = true;
  entry.reason = "was unloaded on request";
  return Status();
}

Result<std::shared_ptr<LoadedModel>> Models::Find(const std::string& name, const std::string& version) const {
  SINEW_ASSIGN_OR_RETURN(const ModelSource* const source, Source(name.empty() ? sources_.front().name : name));
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(source->name);
  if (found == entries_.end()) return Unavailable("model \"{}\" is being loaded: try again in a moment", source->name);
  if (found->second.model == nullptr)
    return NotFound("model \"{}\" is not loaded: {}", source->name, found->second.reason);
  const std::shared_ptr<LoadedModel>& model = found->second.model;
  if (!version.empty() && version != std::to_string(model->version()))
    return NotFound("model \"{}\" has no version \"{}\"; it is at version {}", source->name, version, model->version());
  return model;
}

bool Models::IsReady() const {
  const std::lock_guard lock(mutex_);
  for (const ModelSource& source : sources_) {
    const auto found = entries_.find(source.name);
    if (found == entries_.end() || (found->second.model == nullptr && !found->second.unloaded)) return false;
  }
  return true;
}

std::vector<ModelState> Models::States() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelState> states;
  for (const ModelSource& source : sources_) {
    const auto found = entries_.find(source.name);
    if (found == entries_.end()) {
      states.push_back({source.name, 0, false, "is being loaded"});
    } else {
      const Entry& entry = found->second;
      states.push_back({source.name, entry.last_version, entry.model != nullptr, entry.reason});
    }
  }
  return states;
}

}  // namespace sinew::serving
