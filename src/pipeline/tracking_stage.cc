// One clock for all inputs; tracker, then smoother.
#include "pipeline/tracking_stage.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/guard.h"
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

// Whether the ids of an earlier run are those of now. At its end it may not have known yet who gets one.
bool HaveSameIds(const std::vector<int64_t>& earlier, const std::vector<int64_t>& now) {
  return std::ranges::equal(earlier, now, [](int64_t a, int64_t b) { return a == b || a == kNoId; });
}

}  // namespace

Result<TrackingStage> TrackingStage::Create(const FollowOptions& options) {
  if (options.smooth && !options.track)
    return InvalidArgument("smoothing needs to know who is who: give --track as well");
  if (!(options.frames_per_second > 0))
    return InvalidArgument("{} frames a second, must be above 0", options.frames_per_second);
  SINEW_ASSIGN_OR_RETURN(Tracker tracker, Tracker::Create(options.tracker, options.skeleton));
  SINEW_ASSIGN_OR_RETURN(KeypointSmoother smoother, KeypointSmoother::Create(options.smoother, options.skeleton));
  return TrackingStage(options, std::move(tracker), std::move(smoother));
}

TrackingStage::TrackingStage(const FollowOptions& options, Tracker tracker, KeypointSmoother smoother)
    : options_(options), tracker_(std::move(tracker)), smoother_(std::move(smoother)) {
  waiting_.reserve(most_waiting() + 1);
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

void TrackingStage::Push(std::unique_ptr<Task> task, Tasks* decided) noexcept {
  Waiting& frame = waiting_.emplace_back();
  frame.task = std::move(task);
  Status tracked;
  const Status thrown = CatchAll([&] {
    tracked = Track(&frame);
    return Status();
  });
  if (!tracked.ok()) frame.task->status = tracked;
  if (!thrown.ok()) SetError(thrown, frame.task.get());
  TakeDecided(decided);
}

void TrackingStage::Finish(Tasks* decided) noexcept {
  const Status thrown = CatchAll([&] {
    for (Tracker::FrameIds& ids : tracker_.Finish()) ids_.push_back(std::move(ids));
    return Status();
  });
  if (!thrown.ok()) {
    for (Waiting& frame : waiting_) SetError(thrown, frame.task.get());
  }
  TakeDecided(decided);
}

// A frame that could not be decoded shows nobody, but time passes.
Status TrackingStage::Track(Waiting* frame) {
  if (!options_.track) return Status();
  frame->seconds = Clock(frame->task->frame);
  if (frame->task->record.error.empty()) frame->found = AsFound(frame->task->record);
  SINEW_ASSIGN_OR_RETURN(std::vector<Tracker::FrameIds> decided, tracker_.Update(frame->seconds, frame->found));
  frame->is_tracked = true;
  for (Tracker::FrameIds& ids : decided) ids_.push_back(std::move(ids));
  return Status();
}

void TrackingStage::TakeDecided(Tasks* decided) noexcept {
  static const Tracker::FrameIds kNobody;
  const size_t tracked = static_cast<size_t>(std::ranges::count_if(waiting_, &Waiting::is_tracked));
  const size_t known = ids_.size() + tracker_.waiting();
  // Ids that went under in an exception.
  size_t lost = tracked > known ? tracked - known : 0;
  size_t taken = 0, next_ids = 0;
  for (; taken < waiting_.size(); ++taken) {
    Waiting& frame = waiting_[taken];
    if (frame.is_tracked) {
      if (lost == 0 && next_ids == ids_.size()) break;
      const Tracker::FrameIds& ids = lost > 0 ? kNobody : ids_[next_ids];
      lost > 0 ? --lost : ++next_ids;
      Status applied;
      const Status thrown = CatchAll([&] {
        applied = Apply(ids, &frame);
        return Status();
      });
      if (!applied.ok()) frame.task->status = applied;
      if (!thrown.ok()) SetError(thrown, frame.task.get());
    }
    decided->push_back(std::move(frame.task));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(taken));
  ids_.erase(ids_.begin(), ids_.begin() + static_cast<ptrdiff_t>(next_ids));
}

Status TrackingStage::Apply(const Tracker::FrameIds& decided, Waiting* frame) {
  Task& task = *frame->task;
  results::Record& record = task.record;
  if (!record.error.empty()) return Status();
  Tracker::FrameIds ids = decided;
  ids.resize(frame->found.size(), kNoId);
  std::vector<Person> people = frame->found;
  if (options_.smooth) {
    SINEW_ASSIGN_OR_RETURN(people, smoother_.Smooth(frame->seconds, frame->found, ids));
  }
  if (task.known) {
    if (record.people.empty()) return Status();
    const bool is_same = HaveSameIds(record.person_ids, ids) && options_.smooth == !record.found_keypoints.empty();
    if (is_same) return Status();
    return InvalidArgument(
        "{} frame {}: the people of the earlier run are not those that following them would give: it ran with other "
        "options; run without --resume",
        record.source, record.frame);
  }
  record.person_ids = std::move(ids);
  record.people = std::move(people);
  if (!options_.smooth) return Status();
  for (const Person& person : frame->found) record.found_keypoints.push_back(person.keypoints);
  return Status();
}

}  // namespace sinew::pipeline
