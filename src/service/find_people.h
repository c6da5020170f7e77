// The people in all inputs, in memory: what evaluations compare.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "media/inputs.h"
#include "pipeline/pose_worker.h"
#include "results/record.h"
#include "service/model_cache.h"
#include "sinew/model.h"
#include "sinew/model_description.h"

namespace sinew::service {

// A model and how it is applied.
struct Configuration {
  std::string model;                   // a compiled model, a graph, or a name of the zoo
  pipeline::AnalysisOptions analysis;  // resolution 0x0: the model's own
  int cores = 0;                       // networks side by side, on a GPU streams; 0: as many as fit
};

struct FindPeopleOptions {
  // Called after each frame, on the calling thread. `expected_frames` is 0 where nobody knows.
  std::function<void(int64_t frames, int64_t expected_frames, int64_t people)> progress;
  // Ends the work early once true; it must outlive the call.
  std::atomic<bool>* stop = nullptr;
};

struct FoundPeople {
  std::vector<results::Record> records;  // every picture and frame has one, in the order of the inputs
  Resolution resolution;                 // as asked for; -1 where a side followed the pictures
  Skeleton skeleton;                     // of the people: the model's
};

// Runs the configuration on all processors. What is wrong with a picture stands in its record. kCancelled where it was
// stopped; else the errors of loading or compiling the model.
Result<FoundPeople> FindPeople(const Configuration& configuration, const std::vector<media::Input>& inputs,
                               const ModelCache& models, const FindPeopleOptions& options = {});

}  // namespace sinew::service
