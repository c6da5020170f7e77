// People over time: who is who from frame to frame, and keypoints that do not tremble.
//
//   auto tracker = sinew::Tracker::Create();                      // ids at once: see look_ahead_frames for better ones
//   auto smoother = sinew::KeypointSmoother::Create();
//   for (each frame at `seconds`) {
//     auto people = estimator->Estimate(picture);
//     auto ids = tracker->Update(seconds, *people);               // one list: this frame's
//     auto smooth = smoother->Smooth(seconds, *people, ids->front());
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// What somebody has who is not, or not yet, tracked.
inline constexpr int64_t kNoId = -1;

struct TrackerOptions {
  // The least similarity of a person found and the person expected: above 0, below 1. Higher values break tracks, lower
  // ones mix people up.
  double min_similarity = 0.3;
  // Somebody who is out of sight for longer comes back as somebody else: 0 to 3600 seconds. The first frame after the
  // last sighting counts however late it is.
  double max_lost_seconds = 2.0;
  // In how many frames somebody new must be seen to get an id: 1 to 100. With 1 every false detection gets one.
  int birth_frames = 3;
  // How many frames later the ids of a frame may come, so that somebody new has the id from the first sighting on: 0 to
  // 1000. A frame waits only while it shows somebody who may yet get an id. 0: ids at once, and somebody new has kNoId
  // in the first birth_frames - 1 frames.
  int look_ahead_frames = 0;
};

// kInvalidArgument names the option.
Status ValidateTrackerOptions(const TrackerOptions& options);

// Tracking by detection: poses that are expected are compared with those found by OKS, and the best assignment of all
// of them at once decides; those who have an id choose first.
//   Source: Bewley et al., "Simple Online and Realtime Tracking", ICIP 2016; OKS as the similarity: Xiao, Wu & Wei,
//           "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018
// The same frames yield the same ids, on any machine. One call at a time; different trackers are independent.
class Tracker {
 public:
  // The ids of a frame's people, in their order: no id twice in a frame, and never again for somebody else. They count
  // from 0.
  using FrameIds = std::vector<int64_t>;

  // kInvalidArgument for options out of range or a skeleton that is not valid.
  static Result<Tracker> Create(const TrackerOptions& options = {}, const Skeleton& skeleton = Coco18Skeleton());
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;
  ~Tracker();

  // Takes the next frame and returns the ids of all frames that are decided now, the oldest first: without look-ahead
  // always this one frame's. `seconds` is when the frame is shown, from anywhere; frames may be left out. A frame
  // without people tells nothing but the time. kInvalidArgument where the time is not finite or not later than that of
  // the frame before, or for people that are not of the skeleton, not finite, or too many (1000); nothing changes then.
  Result<std::vector<FrameIds>> Update(double seconds, std::span<const Person> people);

  // The ids of the frames that wait, as far as they are known now: after the last frame.
  std::vector<FrameIds> Finish();
  // How many frames wait.
  size_t waiting() const;

  // After a cut of the film: everybody from now on is somebody new. Frames that wait are decided; they come with the
  // next Update or Finish.
  void Forget();

 private:
  struct State;
  explicit Tracker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct SmootherOptions {
  // Hertz, at rest: lower is stiller; 0.001 to 1000.
  double min_cutoff = 1.0;
  // Hertz for each size a second: higher lags less; 0 to 1000.
  double beta = 5.0;
  // Hertz: the cutoff for the speed itself; 0.001 to 1000.
  double speed_cutoff = 1.0;
  // A keypoint that was missing for longer starts afresh: 0 to 3600 seconds.
  double reset_seconds = 0.5;
};

// kInvalidArgument names the option.
Status ValidateSmootherOptions(const SmootherOptions& options);

// Keypoints without jitter: a low-pass filter for each keypoint of each tracked person, whose cutoff rises with the
// speed, so that what rests is still and what moves does not lag.
//   cutoff = min_cutoff + beta |speed|,   alpha = 1 / (1 + 1 / (2 pi cutoff dt)),   out += alpha (in - out)
// Speeds are in sizes of the person (square root of the area of the box around the keypoints) a second, so that the
// same options serve near and far people and all resolutions. A keypoint that moves steadily lags by less than 1 / (2
// pi beta) sizes, however fast it is.
//   Source: Casiez, Roussel & Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
//           Interactive Systems", CHI 2012
// One call at a time; different smoothers are independent.
class KeypointSmoother {
 public:
  // kInvalidArgument for options out of range or a skeleton that is not valid.
  static Result<KeypointSmoother> Create(const SmootherOptions& options = {},
                                         const Skeleton& skeleton = Coco18Skeleton());
  KeypointSmoother(KeypointSmoother&&) noexcept;
  KeypointSmoother& operator=(KeypointSmoother&&) noexcept;
  ~KeypointSmoother();

  // The people with smoothed keypoints, in order. `ids` are theirs (Tracker); those of kNoId stay as they are, and so
  // do missing keypoints and all scores. kInvalidArgument where `seconds` is not later than before, for people that
  // Tracker::Update would refuse, or where the ids are not one a person, each once; nothing changes then.
  Result<std::vector<Person>> Smooth(double seconds, std::span<const Person> people, std::span<const int64_t> ids);

 private:
  struct State;
  explicit KeypointSmoother(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew
