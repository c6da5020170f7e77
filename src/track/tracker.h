// Stable numbers for the people of a video: who is who from frame to frame.
//   Method  tracking by detection: expected poses (body.h) are compared with those found by OKS, and the best
//           assignment of all of them at once decides; those who have an id choose first
//   Source  Bewley et al., "Simple Online and Realtime Tracking", ICIP 2016; OKS as the similarity: Xiao, Wu & Wei,
//           "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sinew/people.h"
#include "sinew/status.h"
#include "track/body.h"
#include "track/frame_time.h"

namespace sinew::track {

// What somebody has who is not, or not yet, tracked.
inline constexpr int64_t kNoId = -1;

struct TrackerOptions {
  // The least similarity of a person found and the person expected: above 0, below 1. Higher values break tracks, lower
  // ones mix people up.
  double min_similarity = 0.3;
  // Somebody who is out of sight for longer comes back as somebody else: 0 to 3600 seconds. The first frame after the
  // last sighting counts however late it is.
  double max_lost_seconds = 2.0;
  // Somebody new gets an id when seen in so many frames: 1 to 100. With 1 every false detection gets one.
  int birth_frames = 3;
};

// kInvalidArgument names the option.
Status ValidateTrackerOptions(const TrackerOptions& options);

//   sinew::track::Tracker tracker = sinew::track::Tracker::Create().value();
//   for each frame: ids = tracker.Update(seconds, people);
// The same frames yield the same ids, on any machine. One thread at a time.
class Tracker {
 public:
  static Result<Tracker> Create(const TrackerOptions& options = {});

  // The id of each of `people`, in order, or kNoId: no id twice in a frame, and never again for somebody else. Ids
  // count from 0. `seconds` is when the frame is shown; frames may be left out. kInvalidArgument where it is not later
  // than the frame before, or for people that are not COCO-18, not finite, or too many; nothing changes then.
  Result<std::vector<int64_t>> Update(double seconds, std::span<const Person> people);

  // After a cut of the film: everybody from now on is somebody new.
  void Forget();

 private:
  struct Track {
    Body body;
    int64_t id = kNoId;
    int sightings = 1;
    double last_seen;
    int misses = 0;  // frames since then
  };

  explicit Tracker(const TrackerOptions& options) : options_(options) {}
  void DropLost(double seconds);
  void Assign(const std::vector<Pose>& poses, bool with_id, std::vector<int>* track_of) const;
  bool IsPartOfSomebody(const Pose& pose) const;

  TrackerOptions options_;
  std::vector<Track> tracks_;  // the older ones first
  int64_t next_id_ = 0;
  double now_ = kBeforeAll;
};

}  // namespace sinew::track
