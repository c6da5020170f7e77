// One frame: expect, assign, correct, drop, begin.
#include "sinew/track.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/assignment.h"
#include "base/error.h"
#include "pose/oks.h"
#include "track/body.h"
#include "track/frame_time.h"

namespace sinew {
namespace {

using track::Body;
using track::Pose;

// Somebody without an id is dropped when out of sight for longer, or seen in fewer than half of the frames since that
// show anybody at all: a frame that shows nobody may be a black one.
constexpr double kMostUnnamedLostSeconds = 0.5;
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
  if (options.look_ahead_frames < 0 || options.look_ahead_frames > 1000) {
    return InvalidArgument("look_ahead_frames is {}, must be 0 to 1000", options.look_ahead_frames);
  }
  return Status();
}

struct Tracker::State {
  struct Track {
    int64_t number;  // of all that were ever begun
    Body body;
    int64_t id = kNoId;
    double last_seen;
    int sightings = 1, looks = 1;  // frames that show the person; frames since the first that show anybody
    bool is_missing = false;

    bool IsMostlySeen() const { return 2 * sightings >= looks; }
  };
  // A person of a frame that waits.
  struct Waiting {
    int64_t track;  // number
    int64_t id = kNoId;
    bool is_open = false;  // whether an id may come yet
  };

  explicit State(const TrackerOptions& wanted, const Skeleton& skeleton_of_all)
      : options(wanted), skeleton(skeleton_of_all), compared(skeleton) {}

  std::vector<int> Follow(const std::vector<Pose>& poses);
  void Assign(const std::vector<Pose>& poses, bool with_id, std::vector<int>* track_of) const;
  bool IsPartOfSomebody(const Pose& pose) const;
  void DropLost(double seconds);
  void NameTracks();
  void CloseDropped();
  std::vector<FrameIds> TakeDecided(size_t most_waiting);

  const TrackerOptions options;
  const Skeleton skeleton;
  const track::ComparedKeypoints compared;
  std::vector<Track> tracks;  // the older ones first
  std::deque<std::vector<Waiting>> waiting;
  int64_t next_track = 0, next_id = 0;
  double now = track::kBeforeAll;
};

Result<Tracker> Tracker::Create(const TrackerOptions& options, const Skeleton& skeleton) {
  SINEW_RETURN_IF_ERROR(ValidateTrackerOptions(options));
  SINEW_RETURN_IF_ERROR(skeleton.Validate());
  return Tracker(std::make_unique<State>(options, skeleton));
}

Tracker::Tracker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;
Tracker::~Tracker() = default;

Result<std::vector<Tracker::FrameIds>> Tracker::Update(double seconds, std::span<const Person> people) {
  State& s = *state_;
  SINEW_RETURN_IF_ERROR(pose::CheckPeople(people, s.skeleton));
  SINEW_RETURN_IF_ERROR(track::CheckFrameTime(seconds, s.now));
  s.DropLost(seconds);
  for (State::Track& track : s.tracks) track.body.Predict(seconds - s.now);
  s.now = seconds;

  std::vector<Pose> poses;
  poses.reserve(people.size());
  for (const Person& person : people) poses.emplace_back(person, s.compared);
  const std::vector<int> track_of = s.Follow(poses);
  std::vector<State::Waiting>& frame = s.waiting.emplace_back();
  for (const int index : track_of) {
    if (index == kUnassigned) {
      frame.push_back({.track = -1});
    } else {
      const State::Track& track = s.tracks[static_cast<size_t>(index)];
      frame.push_back({.track = track.number, .id = track.id, .is_open = track.id == kNoId});
    }
  }
  s.NameTracks();
  if (s.tracks.size() > kMostTracks)
    std::erase_if(s.tracks, [](const State::Track& track) { return track.is_missing; });
  s.CloseDropped();
  return s.TakeDecided(static_cast<size_t>(s.options.look_ahead_frames));
}

std::vector<Tracker::FrameIds> Tracker::Finish() { return state_->TakeDecided(0); }

size_t Tracker::waiting() const { return state_->waiting.size(); }

void Tracker::Forget() {
  state_->tracks.clear();
  state_->CloseDropped();
}

// The track of each pose, new ones among them; kUnassigned for who is part of somebody else.
std::vector<int> Tracker::State::Follow(const std::vector<Pose>& poses) {
  std::vector<int> track_of(poses.size(), kUnassigned);
  for (bool with_id : {true, false}) Assign(poses, with_id, &track_of);
  if (!poses.empty()) {
    for (Track& track : tracks) ++track.looks;
  }
  for (Track& track : tracks) track.is_missing = true;
  for (size_t p = 0; p < poses.size(); ++p) {
    if (track_of[p] == kUnassigned) continue;
    Track& track = tracks[static_cast<size_t>(track_of[p])];
    track.body.Correct(poses[p]);
    track.last_seen = now;
    track.is_missing = false;
    ++track.sightings;
  }
  for (size_t p = 0; p < poses.size(); ++p) {
    if (track_of[p] != kUnassigned || IsPartOfSomebody(poses[p])) continue;
    track_of[p] = static_cast<int>(tracks.size());
    tracks.push_back({.number = next_track++, .body = Body(poses[p], compared), .last_seen = now});
  }
  return track_of;
}

// Gives poses that have no track yet to those tracks that have an id, or to those that have none.
void Tracker::State::Assign(const std::vector<Pose>& poses, bool with_id, std::vector<int>* track_of) const {
  std::vector<int> rows, columns;
  for (size_t t = 0; t < tracks.size(); ++t) {
    if ((tracks[t].id != kNoId) == with_id) rows.push_back(static_cast<int>(t));
  }
  for (size_t p = 0; p < poses.size(); ++p) {
    if ((*track_of)[p] == kUnassigned) columns.push_back(static_cast<int>(p));
  }
  std::vector<double> gains;
  gains.reserve(rows.size() * columns.size());
  for (int t : rows) {
    const double trust = std::exp(-(now - tracks[t].last_seen) / kTrustSeconds);
    for (int p : columns) {
      const double similarity = tracks[t].body.Similarity(poses[p]);
      gains.push_back(similarity >= options.min_similarity ? similarity * trust : 0);
    }
  }
  const std::vector<int> assigned =
      BestAssignment(gains, static_cast<int>(rows.size()), static_cast<int>(columns.size()));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (assigned[r] != kUnassigned) (*track_of)[columns[assigned[r]]] = rows[r];
  }
}

bool Tracker::State::IsPartOfSomebody(const Pose& pose) const {
  return std::ranges::any_of(tracks, [&](const Track& track) {
    return !track.is_missing && track.body.Similarity(pose) >= options.min_similarity;
  });
}

void Tracker::State::DropLost(double seconds) {
  std::erase_if(tracks, [&](const Track& track) {
    if (!track.is_missing) return false;
    const double lost_seconds = seconds - track.last_seen;
    if (track.id != kNoId) return lost_seconds > options.max_lost_seconds;
    return lost_seconds > std::min(kMostUnnamedLostSeconds, options.max_lost_seconds) || !track.IsMostlySeen();
  });
}

// Gives ids to those who have been seen often enough, in this frame and in those that wait.
void Tracker::State::NameTracks() {
  std::map<int64_t, int64_t> named;
  for (Track& track : tracks) {
    if (track.id != kNoId || track.is_missing || track.sightings < options.birth_frames) continue;
    track.id = next_id++;
    named[track.number] = track.id;
  }
  if (named.empty()) return;
  for (std::vector<Waiting>& frame : waiting) {
    for (Waiting& person : frame) {
      const auto found = person.is_open ? named.find(person.track) : named.end();
      if (found != named.end()) person = {person.track, found->second, false};
    }
  }
}

// Those whose track is gone get no id any more.
void Tracker::State::CloseDropped() {
  std::set<int64_t> unnamed;
  for (const Track& track : tracks) {
    if (track.id == kNoId) unnamed.insert(track.number);
  }
  for (std::vector<Waiting>& frame : waiting) {
    for (Waiting& person : frame) person.is_open = person.is_open && unnamed.contains(person.track);
  }
}

std::vector<Tracker::FrameIds> Tracker::State::TakeDecided(size_t most_waiting) {
  std::vector<FrameIds> decided;
  while (!waiting.empty()) {
    const std::vector<Waiting>& frame = waiting.front();
    const bool is_open = std::ranges::any_of(frame, &Waiting::is_open);
    if (is_open && waiting.size() <= most_waiting) break;
    FrameIds& ids = decided.emplace_back();
    for (const Waiting& person : frame) ids.push_back(person.id);
    waiting.pop_front();
  }
  return decided;
}

}  // namespace sinew
