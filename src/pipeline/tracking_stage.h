// People over time: who is who, and steady keypoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/task.h"
#include "results/record.h"
#include "sinew/model_description.h"
#include "sinew/track.h"

namespace sinew::pipeline {

struct FollowOptions {
  bool track = false;
  bool smooth = false;  // needs track
  // With look-ahead, frames wait until it is known who of their people has an id.
  TrackerOptions tracker;
  SmootherOptions smoother;
  // Whose people they are: the model's.
  Skeleton skeleton = Coco18Skeleton();
  // Of frames without a time, such as pictures of a folder: they are taken as one film.
  double frames_per_second = 30;
};

// One thread at a time; frames come in the order of the input. An exception (there is no more memory) becomes the error
// of the frame that it befell.
class TrackingStage {
 public:
  using Tasks = std::vector<std::unique_ptr<Task>>;

  static Result<TrackingStage> Create(const FollowOptions& options);

  // Takes the next frame and appends to `decided`, in order, those whose people are known now: with their ids, and
  // smoothed. For a frame of an earlier run, only learns who is who: the task's status is kInvalidArgument where its
  // ids are others. `decided` must have room for most_waiting() + 1 more frames, so that nothing can go wrong there.
  void Push(std::unique_ptr<Task> task, Tasks* decided) noexcept;
  // After the last frame: all that wait.
  void Finish(Tasks* decided) noexcept;

  // How many frames may wait at once.
  size_t most_waiting() const { return MostWaiting(options_); }
  static size_t MostWaiting(const FollowOptions& options) {
    return options.track ? static_cast<size_t>(options.tracker.look_ahead_frames) : 0;
  }

 private:
  struct Waiting {
    std::unique_ptr<Task> task;
    double seconds = 0;
    std::vector<Person> found;
    bool is_tracked = false;  // whether the tracker has it; not where an exception prevented it
  };

  TrackingStage(const FollowOptions& options, Tracker tracker, KeypointSmoother smoother);
  double Clock(const media::Frame& frame);
  Status Track(Waiting* frame);
  void TakeDecided(Tasks* decided) noexcept;
  Status Apply(const Tracker::FrameIds& ids, Waiting* frame);

  FollowOptions options_;
  Tracker tracker_;
  KeypointSmoother smoother_;
  std::vector<Waiting> waiting_;        // the oldest first; its memory never grows
  std::vector<Tracker::FrameIds> ids_;  // of the oldest of them, as far as the tracker has decided
  // Time that increases over all inputs, which each begin at 0.
  std::optional<size_t> input_;
  media::InputKind kind_ = media::InputKind::kPicture;
  double begin_ = 0, now_ = 0;
};

}  // namespace sinew::pipeline
