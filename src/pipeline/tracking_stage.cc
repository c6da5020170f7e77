// One clock for all inputs; tracker, then smoother.
#include "pipeline/tracking_stage.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "results/decimals.h"

namespace sinew::pipeline {
namespace {

// The people before they were smoothed, in the precision of records: a run that goes on with records that it reads back
// must come to what one that was never interrupted comes to.
std::vector<Person> AsFound(const results::Record& record) {
  std::vector<Person> people;
  for (size_t i = 0; i < record.people.size(); ++i) {
    Person person = record.people[i];
    if (!record.found_keypoints.empty()) person.keypoints = record.found_keypoints[i];
    people.push_back(results::AsWritten(std::move(person)));
  }
  return people;
}

}  // namespace

Result<TrackingStage> TrackingStage::Create(const FollowOptions& options) {
  if (options.smooth && !options.track)
    return InvalidArgument("smoothing needs to know who is who: give --track as well");
  if (!(options.frames_per_second > 0))
    return InvalidArgument("{} frames a second, must be above 0", options.frames_per_second);
  SINEW_ASSIGN_OR_RETURN(Tracker tracker, Tracker::Create(options.tracker));
  SINEW_ASSIGN_OR_RETURN(KeypointSmoother smoother, KeypointSmoother::Create(options.smoother));
  return TrackingStage(options, std::move(tracker), std::move(smoother));
}

double TrackingStage::Clock(const media::Frame& frame) {
  const double step = 1 / options_.frames_per_second;
  // A folder of pictures is one film; every video is its own.
  const bool same_film = input_ && (input_ == frame.input ||
                                    (kind_ == media::InputKind::kPicture && frame.kind == media::InputKind::kPicture));
  if (!same_film) {
    if (input_) tracker_.Forget();
    begin_ = now_ + step;
  }
  input_ = frame.input;
  kind_ = frame.kind;
  now_ = std::max(now_ + 1e-6, frame.seconds ? begin_ + *frame.seconds : now_ + step);
  return now_;
}

Status TrackingStage::Follow(Task* task) {
  results::Record& record = task->record;
  if (!options_.track) return Status();
  const double seconds = Clock(task->frame);
  if (!record.error.empty()) return Status();
  const std::vector<Person> found = AsFound(record);
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> ids, tracker_.Update(seconds, found));
  std::vector<Person> people = found;
  if (options_.smooth) {
    SINEW_ASSIGN_OR_RETURN(people, smoother_.Smooth(seconds, found, ids));
  }
  if (task->known) {
    const bool same_options =
        record.people.empty() || (ids == record.person_ids && options_.smooth == !record.found_keypoints.empty());
    if (same_options) return Status();
    return InvalidArgument(
        "{} frame {}: the people of the earlier run are not those that following them would give: it ran with other "
        "options; run "
        "without --resume",
        record.source, record.frame);
  }
  record.person_ids = std::move(ids);
  record.people = std::move(people);
  if (!options_.smooth) return Status();
  for (const Person& person : found) record.found_keypoints.push_back(person.keypoints);
  return Status();
}

}  // namespace sinew::pipeline
