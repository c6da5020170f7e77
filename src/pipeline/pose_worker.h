// From a picture to people: one of the pipeline's data-parallel lanes.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "media/images/region.h"
#include "pipeline/model_cache.h"
#include "pipeline/stage_times.h"
#include "pipeline/task.h"
#include "sinew/pose.h"

namespace sinew::pipeline {

struct AnalysisOptions {
  Resolution resolution;  // of the network; -1 as one side: by each picture's shape (FitResolution)
  Fit fit = Fit::kStretch;
  int scale_number = 1;
  double scale_gap = 0.25;
  std::optional<media::Region> region;  // the part of each picture that is looked at
  DecodeOptions decode;
  int threads = 1;  // of each session
  bool keep_maps = false;
};

// One thread at a time. `model_cache` and `times` are shared with others and must outlive it.
class PoseWorker {
 public:
  PoseWorker(const AnalysisOptions& options, ModelCache* model_cache, StageTimes* times)
      : options_(options), model_cache_(model_cache), times_(times) {}

  // Builds what pictures of this size need: the errors that every frame would have come before the first one.
  Status Prepare(int picture_width, int picture_height) { return EstimatorFor(picture_width, picture_height).status(); }

  // Fills people, size and maps of the task's record. What goes wrong becomes its error.
  void Analyse(Task* task);

 private:
  Result<PoseEstimator*> EstimatorFor(int picture_width, int picture_height);
  Status EstimatePeople(Task* task);

  const AnalysisOptions options_;
  ModelCache* model_cache_;
  StageTimes* times_;
  struct Entry {
    Resolution resolution;
    PoseEstimator estimator;
  };
  std::list<Entry> estimators_;  // the one used last comes first
};

}  // namespace sinew::pipeline
