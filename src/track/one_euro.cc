// The filter, one keypoint at a time; the speed is that of the measured places, as in the authors' own implementation.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <utility>

#include "base/error.h"
#include "pose/oks.h"
#include "sinew/track.h"
#include "track/frame_time.h"
#include "track/vector2.h"

namespace sinew {
namespace {

using track::Vector2;

// Part of the latest size in the kept one: the box around the keypoints swings with arms and legs.
constexpr double kSizeGain = 0.2;

Status CheckRange(const char* name, double value, double least, double most) {
  if (value >= least && value <= most) return Status();
  return InvalidArgument("{} is {}, must be {} to {}", name, value, least, most);
}

double Alpha(double cutoff, double seconds) { return 1 / (1 + 1 / (2 * std::numbers::pi * cutoff * seconds)); }

Vector2 Blend(Vector2 from, Vector2 to, double alpha) {
  return {from.x + alpha * (to.x - from.x), from.y + alpha * (to.y - from.y)};
}

}  // namespace

Status ValidateSmootherOptions(const SmootherOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckRange("min_cutoff", options.min_cutoff, 0.001, 1000));
  SINEW_RETURN_IF_ERROR(CheckRange("beta", options.beta, 0, 1000));
  SINEW_RETURN_IF_ERROR(CheckRange("speed_cutoff", options.speed_cutoff, 0.001, 1000));
  return CheckRange("reset_seconds", options.reset_seconds, 0, 3600);
}

struct KeypointSmoother::State {
  struct Filter {
    Vector2 raw, smooth, speed;
    double last_seen = track::kBeforeAll;
  };
  struct History {
    double size;  // of the person, in pixels
    std::vector<Filter> filters;
  };

  Status Check(double seconds, std::span<const Person> people, std::span<const int64_t> ids) const;
  void Advance(double seconds, double size, Vector2 seen, Filter* filter) const;

  SmootherOptions options;
  Skeleton skeleton;
  std::map<int64_t, History> histories;
  double now = track::kBeforeAll;
};

Result<KeypointSmoother> KeypointSmoother::Create(const SmootherOptions& options, const Skeleton& skeleton) {
  SINEW_RETURN_IF_ERROR(ValidateSmootherOptions(options));
  SINEW_RETURN_IF_ERROR(skeleton.Validate());
  auto state = std::make_unique<State>();
  state->options = options;
  state->skeleton = skeleton;
  return KeypointSmoother(std::move(state));
}

KeypointSmoother::KeypointSmoother(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeypointSmoother::KeypointSmoother(KeypointSmoother&&) noexcept = default;
KeypointSmoother& KeypointSmoother::operator=(KeypointSmoother&&) noexcept = default;
KeypointSmoother::~KeypointSmoother() = default;

Status KeypointSmoother::State::Check(double seconds, std::span<const Person> people,
                                      std::span<const int64_t> ids) const {
  SINEW_RETURN_IF_ERROR(pose::CheckPeople(people, skeleton));
  SINEW_RETURN_IF_ERROR(track::CheckFrameTime(seconds, now));
  if (ids.size() != people.size()) {
    return InvalidArgument("{} ids for {} people: must be one each", ids.size(), people.size());
  }
  std::set<int64_t> seen;
  for (int64_t id : ids) {
    if (id != kNoId && !seen.insert(id).second) return InvalidArgument("id {} is there twice", id);
  }
  return Status();
}

Result<std::vector<Person>> KeypointSmoother::Smooth(double seconds, std::span<const Person> people,
                                                     std::span<const int64_t> ids) {
  State& s = *state_;
  SINEW_RETURN_IF_ERROR(s.Check(seconds, people, ids));
  s.now = seconds;
  std::vector<Person> smooth(people.begin(), people.end());
  for (size_t i = 0; i < smooth.size(); ++i) {
    if (ids[i] == kNoId) continue;
    const double size = std::sqrt(pose::PoseArea(people[i]));
    State::History& history = s.histories.try_emplace(ids[i], State::History{size, {}}).first->second;
    history.filters.resize(s.skeleton.keypoints.size());
    history.size += kSizeGain * (size - history.size);
    for (size_t k = 0; k < history.filters.size(); ++k) {
      Keypoint& keypoint = smooth[i].keypoints[k];
      if (!pose::IsFound(keypoint)) continue;
      s.Advance(seconds, history.size, {keypoint.x, keypoint.y}, &history.filters[k]);
      keypoint.x = static_cast<float>(history.filters[k].smooth.x);
      keypoint.y = static_cast<float>(history.filters[k].smooth.y);
    }
  }
  std::erase_if(s.histories, [&](const auto& entry) {
    const auto is_over = [&](const State::Filter& filter) {
      return seconds - filter.last_seen > s.options.reset_seconds;
    };
    return std::ranges::all_of(entry.second.filters, is_over);
  });
  return smooth;
}

void KeypointSmoother::State::Advance(double seconds, double size, Vector2 seen, Filter* filter) const {
  const double elapsed = seconds - filter->last_seen;
  if (elapsed > options.reset_seconds) {
    *filter = {.raw = seen, .smooth = seen, .speed = {}, .last_seen = seconds};
    return;
  }
  const Vector2 speed = {(seen.x - filter->raw.x) / elapsed / size, (seen.y - filter->raw.y) / elapsed / size};
  filter->speed = Blend(filter->speed, speed, Alpha(options.speed_cutoff, elapsed));
  // One cutoff for both axes: the path keeps its direction.
  const double cutoff = options.min_cutoff + options.beta * std::hypot(filter->speed.x, filter->speed.y);
  filter->smooth = Blend(filter->smooth, seen, Alpha(cutoff, elapsed));
  filter->raw = seen;
  filter->last_seen = seconds;
}

}  // namespace sinew
