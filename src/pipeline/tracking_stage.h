// People over time: who is who, and steady keypoints.
#pragma once

#include <cstddef>
#include <optional>

#include "pipeline/task.h"
#include "results/record.h"
#include "sinew/track.h"

namespace sinew::pipeline {

struct FollowOptions {
  bool track = false;
  bool smooth = false;  // needs track
  TrackerOptions tracker;
  SmootherOptions smoother;
  // Of frames without a time, such as pictures of a folder: they are taken as one film.
  double frames_per_second = 30;
};

// One thread at a time; frames come in the order of the input.
class TrackingStage {
 public:
  static Result<TrackingStage> Create(const FollowOptions& options);

  // Gives the people of the frame their ids, and smooths them. For a frame of an earlier run, only learns who is who:
  // kInvalidArgument where its ids are others.
  Status Follow(Task* task);

 private:
  TrackingStage(const FollowOptions& options, Tracker tracker, KeypointSmoother smoother)
      : options_(options), tracker_(std::move(tracker)), smoother_(std::move(smoother)) {}
  double Clock(const media::Frame& frame);

  FollowOptions options_;
  Tracker tracker_;
  KeypointSmoother smoother_;
  // Time that increases over all inputs, which each begin at 0.
  std::optional<size_t> input_;
  media::InputKind kind_ = media::InputKind::kPicture;
  double begin_ = 0, now_ = 0;
};

}  // namespace sinew::pipeline
