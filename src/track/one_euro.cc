// The filter, one keypoint at a time; the speed is that of the measured places, as in the authors' own implementation.
#include "track/one_euro.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "base/error.h"
#include "pose/oks.h"
#include "track/tracker.h"

namespace sinew::track {
namespace {

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

Result<Smoother> Smoother::Create(const SmootherOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateSmootherOptions(options));
  return Smoother(options);
}

Status Smoother::Check(double seconds, std::span<const Person> people, std::span<const int64_t> ids) const {
  SINEW_RETURN_IF_ERROR(pose::CheckPeople(people));
  SINEW_RETURN_IF_ERROR(CheckFrameTime(seconds, now_));
  if (ids.size() != people.size()) {
    return InvalidArgument("{} ids for {} people: must be one each", ids.size(), people.size());
  }
  std::set<int64_t> seen;
  for (int64_t id : ids) {
    if (id != kNoId && !seen.insert(id).second) return InvalidArgument("id {} is there twice", id);
  }
  return Status();
}

Result<std::vector<Person>> Smoother::Smooth(double seconds, std::span<const Person> people,
                                             std::span<const int64_t> ids) {
  SINEW_RETURN_IF_ERROR(Check(seconds, people, ids));
  now_ = seconds;
  std::vector<Person> smooth(people.begin(), people.end());
  for (size_t i = 0; i < smooth.size(); ++i) {
    if (ids[i] == kNoId) continue;
    const double size = std::sqrt(pose::PoseArea(people[i]));
    History& history = histories_.try_emplace(ids[i], History{.size = size, .filters = {}}).first->second;
    history.size += kSizeGain * (size - history.size);
    for (size_t k = 0; k < history.filters.size(); ++k) {
      Keypoint& keypoint = smooth[i].keypoints[k];
      if (!pose::IsFound(keypoint)) continue;
      Advance(seconds, history.size, {keypoint.x, keypoint.y}, &history.filters[k]);
      keypoint.x = static_cast<float>(history.filters[k].smooth.x);
      keypoint.y = static_cast<float>(history.filters[k].smooth.y);
    }
  }
  std::erase_if(histories_, [&](const auto& entry) {
    const auto is_over = [&](const Filter& filter) { return seconds - filter.last_seen > options_.reset_seconds; };
    return std::ranges::all_of(entry.second.filters, is_over);
  });
  return smooth;
}

void Smoother::Advance(double seconds, double size, Vector2 seen, Filter* filter) const {
  const double elapsed = seconds - filter->last_seen;
  if (elapsed > options_.reset_seconds) {
    *filter = {.raw = seen, .smooth = seen, .speed = {}, .last_seen = seconds};
    return;
  }
  const Vector2 speed = {(seen.x - filter->raw.x) / elapsed / size, (seen.y - filter->raw.y) / elapsed / size};
  filter->speed = Blend(filter->speed, speed, Alpha(options_.speed_cutoff, elapsed));
  // One cutoff for both axes: the path keeps its direction.
  const double cutoff = options_.min_cutoff + options_.beta * std::hypot(filter->speed.x, filter->speed.y);
  filter->smooth = Blend(filter->smooth, seen, Alpha(cutoff, elapsed));
  filter->raw = seen;
  filter->last_seen = seconds;
}

}  // namespace sinew::track
