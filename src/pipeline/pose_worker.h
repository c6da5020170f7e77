// From a picture to people: one of the pipeline's data-parallel lanes.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "media/images/region.h"
#include "pipeline/frame_analyser.h"
#include "pipeline/recent_models.h"
#include "sinew/keypoint_order.h"
#include "sinew/pose.h"

namespace sinew::pipeline {

struct AnalysisOptions {
  Resolution resolution;  // of the network; -1 as one side: by each picture's shape (FitPictureShape)
  Fit fit = Fit::kStretch;
  int scale_number = 1;
  double scale_gap = 0.25;
  std::optional<media::Region> region;  // the part of each picture that is analysed
  DecodeOptions decode;
  int threads = 1;  // of each session
  Device device;
  Precision precision = Precision::kAuto;  // of a GPU
  bool flip_average = false;
  std::optional<KeypointOrder> order;  // of the keypoints; none: the model's
  bool keep_candidates = false;
  bool keep_maps = false;  // what the sink's needs_maps() says
};

// One thread at a time. `models` and `times` are shared with others and must outlive it.
class PoseWorker : public FrameAnalyser {
 public:
  PoseWorker(const AnalysisOptions& options, RecentModels* models, StageTimes* times)
      : options_(options), models_(models), times_(times) {}

  // Builds what pictures of this size need: errors that every frame would have show before the first one.
  Status Prepare(int picture_width, int picture_height) { return EstimatorFor(picture_width, picture_height).status(); }

  void Analyse(Task* task) override;

 private:
  struct Entry {
    Resolution resolution;
    Fit fit;
    Model model;
    PoseEstimator estimator;
  };
  Result<Entry*> EstimatorFor(int picture_width, int picture_height);
  Status EstimatePeople(Task* task);

  const AnalysisOptions options_;
  RecentModels* models_;
  StageTimes* times_;
  std::list<Entry> estimators_;  // the one used last comes first
};

// Fails with what would fail on every picture: a model that cannot be loaded, options that do not fit it. A resolution
// that follows the pictures is not known yet; with one, nothing is found out.
Status CheckAnalysis(const AnalysisOptions& options, RecentModels* models);

// A worker with these options for each lane. `models` must outlive them.
AnalyserFactory MakePoseWorkers(const AnalysisOptions& options, RecentModels* models);

}  // namespace sinew::pipeline
