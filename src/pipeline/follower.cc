// One clock for all inputs; tracker, then smoother.
#include "pipeline/follower.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace sinew::pipeline {

Result<Follower> Follower::Create(const FollowOptions& options) {
  if (options.smooth && !options.track) return InvalidArgument("smoothing needs to know who is who: give --track as well");
  if (!(options.frames_per_second > 0)) return InvalidArgument("{} frames a second, must be above 0", options.frames_per_second);
  SINEW_ASSIGN_OR_RETURN(track::Tracker tracker, track::Tracker::Create(options.tracker));
  SINEW_ASSIGN_OR_RETURN(track::Smoother smoother, track::Smoother::Create(options.smoother));
  return Follower(options, std::move(tracker), std::move(smoother));
}

double Follower::Clock(const media::Frame& frame) {
  const double step = 1 / options_.frames_per_second;
  // A folder of pictures is one film; every video is its own.
  const bool same_film = input_ && (input_ == frame.input || (kind_ == media::InputKind::kPicture && frame.kind == media::InputKind::kPicture));
  if (!same_film) {
    if (input_) tracker_.Forget();
    begin_ = now_ + step;
  }
  input_ = frame.input;
  kind_ = frame.kind;
  now_ = std::max(now_ + 1e-6, frame.seconds ? begin_ + *frame.seconds : now_ + step);
  return now_;
}

Status Follower::Follow(Task* task) {
  output::Record& record = task->record;
  if (!options_.track) return Status();
  const double seconds = Clock(task->frame);
  if (!record.error.empty()) return Status();
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> ids, tracker_.Update(seconds, record.people));
  if (task->known) {
    if (options_.smooth) SINEW_RETURN_IF_ERROR(smoother_.Smooth(seconds, record.people, ids).status());
    if (ids == record.person_ids || record.people.empty()) return Status();
    return InvalidArgument("{} frame {}: the ids of the earlier run are not those that tracking would give: it ran with other options; run without --resume",
                           record.source, record.frame);
  }
  record.person_ids = std::move(ids);
  if (!options_.smooth) return Status();
  SINEW_ASSIGN_OR_RETURN(record.people, smoother_.Smooth(seconds, record.people, record.person_ids));
  return Status();
}

}  // namespace sinew::pipeline
