// Crop, estimate, map back.
#include "pipeline/pose_worker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "pipeline/picture_shape.h"

namespace sinew::pipeline {
namespace {

// Each has an arena of tens of megabytes.
constexpr size_t kEstimators = 4;

// The width in units of a pixel's height.
int SeenWidth(const ImageView& picture) {
  return std::max(1, static_cast<int>(std::lround(picture.width * picture.pixel_aspect)));
}

// The cells that the picture reaches.
Maps Copy(const TensorView& maps, const Heads& heads, Resolution content) {
  Maps copy{std::min(heads.CellCount(content.height), maps.height),
            std::min(heads.CellCount(content.width), maps.width),
            maps.channels,
            {}};
  const size_t channels = static_cast<size_t>(maps.channels);
  copy.values.reserve(static_cast<size_t>(copy.height) * static_cast<size_t>(copy.width) * channels);
  for (int y = 0; y < copy.height; ++y) {
    for (int x = 0; x < copy.width; ++x) {
      const float* cell =
          maps.data +
          (static_cast<size_t>(y) * static_cast<size_t>(maps.width) + static_cast<size_t>(x)) * maps.pixel_stride;
      copy.values.insert(copy.values.end(), cell, cell + channels);
    }
  }
  return copy;
}

}  // namespace

Result<PoseWorker::Entry*> PoseWorker::EstimatorFor(int picture_width, int picture_height) {
  SINEW_ASSIGN_OR_RETURN(const PictureShape shape, FitPictureShape(options_.resolution, picture_width, picture_height));
  const Resolution resolution = shape.resolution;
  const Fit fit = shape.needs_padding ? Fit::kPad : options_.fit;
  const auto found = std::find_if(estimators_.begin(), estimators_.end(), [&](const Entry& entry) {
    return entry.resolution == resolution && entry.fit == fit;
  });
  if (found != estimators_.end()) {
    estimators_.splice(estimators_.begin(), estimators_, found);
    return &estimators_.front();
  }
  SINEW_ASSIGN_OR_RETURN(std::vector<Resolution> scales,
                         MakeScales(resolution, options_.scale_number, options_.scale_gap));
  SINEW_ASSIGN_OR_RETURN(const Model model, models_->Get(scales));
  scales.erase(scales.begin());
  const PoseOptions pose{{resolution, options_.threads, options_.device, options_.precision},
                         options_.decode,
                         fit,
                         std::move(scales),
                         options_.flip_average};
  SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(model, pose));
  if (estimators_.size() == kEstimators) estimators_.pop_back();
  estimators_.push_front({resolution, fit, model, std::move(estimator)});
  return &estimators_.front();
}

Status PoseWorker::EstimatePeople(Task* task) {
  const media::Image& image = task->frame.image;
  media::Crop crop{image.view(), 0, 0};
  if (options_.region) {
    SINEW_ASSIGN_OR_RETURN(crop, media::CropTo(image, *options_.region, task->frame.source));
  }
  SINEW_ASSIGN_OR_RETURN(Entry * entry, EstimatorFor(SeenWidth(crop.view), crop.view.height));
  PoseEstimator* const estimator = &entry->estimator;
  Result<std::vector<Person>> estimated = estimator->Estimate(crop.view);
  // A GPU that is lost stays so: the run ends here, and can be resumed.
  if (estimated.status().code() == StatusCode::kUnavailable) task->status = estimated.status();
  SINEW_ASSIGN_OR_RETURN(std::vector<Person> people, std::move(estimated));
  // Whatever was found with other weights than those that were loaded is worth nothing, now and later.
  task->status = entry->model.CheckUnchanged();
  const PoseTimes& times = estimator->times();
  times_->Add(Stage::kResize, times.resize);
  times_->Add(Stage::kNetwork, times.network);
  times_->Add(Stage::kDecode, times.decode);
  crop.MapBack(people);
  if (options_.keep_candidates) {
    for (std::vector<Keypoint>& keypoints : estimator->candidates()) {
      Person all{std::move(keypoints)};
      crop.MapBack({&all, 1});
      task->record.candidates.push_back(std::move(all.keypoints));
    }
  }
  if (options_.order) {
    for (Person& person : people) person.keypoints = options_.order->Reorder(person.keypoints);
    if (options_.keep_candidates)
      task->record.candidates = options_.order->ReorderCandidates(std::move(task->record.candidates));
  }
  task->record.people = std::move(people);
  if (options_.keep_maps) task->maps = Copy(estimator->maps(), estimator->description().heads, estimator->content());
  return Status();
}

void PoseWorker::Analyse(Task* task) {
  task->record.width = task->frame.image.width;
  task->record.height = task->frame.image.height;
  task->record.error = task->frame.error;
  if (!task->record.error.empty()) return;
  if (const Status status = EstimatePeople(task); !status.ok()) {
    task->record.people.clear();
    task->record.error = fmt::format("{}: {}", task->frame.source, status.message());
  }
}

Status CheckAnalysis(const AnalysisOptions& options, RecentModels* models) {
  const Resolution resolution = options.resolution;
  if (resolution.width <= 0 || resolution.height <= 0) return Status();
  StageTimes unused;
  return PoseWorker(options, models, &unused).Prepare(resolution.width, resolution.height);
}

AnalyserFactory MakePoseWorkers(const AnalysisOptions& options, RecentModels* models) {
  return [options, models](StageTimes* times) { return std::make_unique<PoseWorker>(options, models, times); };
}

}  // namespace sinew::pipeline
