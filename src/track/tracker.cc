// One frame: expect, assign, correct, drop, begin.
#include "track/tracker.h"

#include <algorithm>
#include <cmath>

#include "base/assignment.h"
#include "base/error.h"

namespace sinew::track {
namespace {

// Somebody without an id is dropped when missed in so many frames on end.
constexpr int kMostMissesBeforeId = 2;
// Of two who could be the person found, the one who was seen lately is the likelier: a factor of 1/e for so much longer
// out of sight. It decides who keeps the one detection that two people leave who stand in front of each other.
constexpr double kTrustSeconds = 2.0;
// With more tracks than that, which only a meaningless stream of people leaves behind, all who are out of sight are
// forgotten.
constexpr size_t kMostTracks = 2 * pose::kMaxPeople;

}  // namespace

Status ValidateTrackerOptions(const TrackerOptions& options) {
  if (!(options.min_similarity > 0 && options.min_similarity < 1)) {
    return InvalidArgument("min_similarity is {}, must be above 0 and below 1", options.min_similarity);
  }
  if (!(options.max_lost_seconds >= 0 && options.max_lost_seconds <= 3600)) {
    return InvalidArgument("max_lost_seconds is {}, must be 0 to 3600", options.max_lost_seconds);
  }
  if (options.birth_frames < 1 || options.birth_frames > 100) {
    return InvalidArgument("birth_frames is {}, must be 1 to 100", options.birth_frames);
  }
  return Status();
}

Result<Tracker> Tracker::Create(const TrackerOptions& options) {
  SINEW_RETURN_IF_ERROR(ValidateTrackerOptions(options));
  return Tracker(options);
}

void Tracker::Forget() { tracks_.clear(); }

Result<std::vector<int64_t>> Tracker::Update(double seconds, std::span<const Person> people) {
  SINEW_RETURN_IF_ERROR(pose::CheckPeople(people));
  SINEW_RETURN_IF_ERROR(CheckFrameTime(seconds, now_));
  DropLost(seconds);
  for (Track& track : tracks_) track.body.Predict(seconds - now_);
  now_ = seconds;

  const std::vector<Pose> poses(people.begin(), people.end());
  std::vector<int> track_of(poses.size(), kUnassigned);
  for (bool with_id : {true, false}) Assign(poses, with_id, &track_of);

  for (Track& track : tracks_) ++track.misses;
  for (size_t p = 0; p < poses.size(); ++p) {
    if (track_of[p] == kUnassigned) continue;
    Track& track = tracks_[track_of[p]];
    track.body.Correct(poses[p]);
    track.last_seen = seconds;
    track.misses = 0;
    ++track.sightings;
  }
  for (size_t p = 0; p < poses.size(); ++p) {
    if (track_of[p] != kUnassigned || IsPartOfSomebody(poses[p])) continue;
    track_of[p] = static_cast<int>(tracks_.size());
    tracks_.push_back({.body = Body(poses[p]), .last_seen = seconds});
  }

  std::vector<int64_t> ids(poses.size(), kNoId);
  for (size_t p = 0; p < poses.size(); ++p) {
    if (track_of[p] == kUnassigned) continue;
    Track& track = tracks_[track_of[p]];
    if (track.id == kNoId && track.sightings >= options_.birth_frames) track.id = next_id_++;
    ids[p] = track.id;
  }
  if (tracks_.size() > kMostTracks) std::erase_if(tracks_, [](const Track& track) { return track.misses > 0; });
  return ids;
}

// Gives poses that have no track yet to those tracks that have an id, or to those that have none.
void Tracker::Assign(const std::vector<Pose>& poses, bool with_id, std::vector<int>* track_of) const {
  std::vector<int> rows, columns;
  for (size_t t = 0; t < tracks_.size(); ++t) {
    if ((tracks_[t].id != kNoId) == with_id) rows.push_back(static_cast<int>(t));
  }
  for (size_t p = 0; p < poses.size(); ++p) {
    if ((*track_of)[p] == kUnassigned) columns.push_back(static_cast<int>(p));
  }
  std::vector<double> gains;
  gains.reserve(rows.size() * columns.size());
  for (int t : rows) {
    const double trust = std::exp(-(now_ - tracks_[t].last_seen) / kTrustSeconds);
    for (int p : columns) {
      const double similarity = tracks_[t].body.Similarity(poses[p]);
      gains.push_back(similarity >= options_.min_similarity ? similarity * trust : 0);
    }
  }
  const std::vector<int> assigned =
      BestAssignment(gains, static_cast<int>(rows.size()), static_cast<int>(columns.size()));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (assigned[r] != kUnassigned) (*track_of)[columns[assigned[r]]] = rows[r];
  }
}

bool Tracker::IsPartOfSomebody(const Pose& pose) const {
  return std::ranges::any_of(tracks_, [&](const Track& track) {
    return track.misses == 0 && track.body.Similarity(pose) >= options_.min_similarity;
  });
}

void Tracker::DropLost(double seconds) {
  std::erase_if(tracks_, [&](const Track& track) {
    if (track.id == kNoId) return track.misses >= kMostMissesBeforeId;
    return track.misses > 0 && seconds - track.last_seen > options_.max_lost_seconds;
  });
}

}  // namespace sinew::track
