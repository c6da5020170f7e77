// Keypoints without jitter: a low-pass filter for each keypoint of each tracked person, whose cutoff rises with the
// speed, so that what rests is still and what moves does not lag.
//   cutoff = min_cutoff + beta |speed|,   alpha = 1 / (1 + 1 / (2 pi cutoff dt)),   out += alpha (in - out)
// Speeds are in sizes of the person (square root of pose::PoseArea) a second, so that the same options serve near and
// far people and all resolutions. A keypoint that moves steadily lags by less than 1 / (2 pi beta) sizes, however fast
// it is.
//   Source: Casiez, Roussel & Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
//           Interactive Systems", CHI 2012
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "pose/skeleton.h"
#include "sinew/people.h"
#include "sinew/status.h"
#include "track/frame_time.h"
#include "track/vector2.h"

namespace sinew::track {

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

// One thread at a time.
class Smoother {
 public:
  static Result<Smoother> Create(const SmootherOptions& options = {});

  // The people with smoothed keypoints, in order. `ids` are theirs (tracker.h); those of kNoId stay as they are, and so
  // do missing keypoints and all scores. kInvalidArgument where `seconds` is not later than before, for people that
  // pose::CheckPeople refuses, or where the ids are not one a person, each once; nothing changes then.
  Result<std::vector<Person>> Smooth(double seconds, std::span<const Person> people, std::span<const int64_t> ids);

 private:
  struct Filter {
    Vector2 raw, smooth, speed;
    double last_seen = kBeforeAll;
  };
  struct History {
    double size;  // of the person, in pixels
    std::array<Filter, pose::kKeypointCount> filters;
  };

  explicit Smoother(const SmootherOptions& options) : options_(options) {}
  Status Check(double seconds, std::span<const Person> people, std::span<const int64_t> ids) const;
  void Advance(double seconds, double size, Vector2 seen, Filter* filter) const;

  SmootherOptions options_;
  std::map<int64_t, History> histories_;
  double now_ = kBeforeAll;
};

}  // namespace sinew::track
