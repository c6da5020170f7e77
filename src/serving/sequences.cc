// A map of trackers.
#include "serving/sequences.h"

#include <utility>

#include "base/error.h"

namespace sinew::serving {
namespace {

// Ids at once, also for somebody who is seen for the first time: an answer cannot wait for the next request.
constexpr TrackerOptions kTracking = {.birth_frames = 1, .look_ahead_frames = 0};
constexpr size_t kMaxIdBytes = 256;

}  // namespace

void Sequences::DropIdle(Clock::time_point now) {
  const auto idle = std::chrono::duration<double>(options_.idle_seconds);
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second->last > idle; });
}

Result<Sequences::Ids> Sequences::Follow(const std::string& model, const SequenceStep& step, Clock::time_point now,
                                         std::span<const Person> people, const Skeleton& skeleton) {
  if (step.id.size() > kMaxIdBytes)
    return InvalidArgument("sequence_id has {} bytes, at most {} are allowed", step.id.size(), kMaxIdBytes);
  const std::string key = model + '\n' + step.id;
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    DropIdle(now);
    if (step.start) entries_.erase(key);
    auto found = entries_.find(key);
    if (found == entries_.end()) {
      if (!step.start) {
        return InvalidArgument(
            "sequence \"{}\" is not known: it was not started (sequence_start), has ended, or was idle for more than "
            "{} s",
            step.id, options_.idle_seconds);
      }
      if (entries_.size() >= options_.max_sequences)
        return Unavailable("{} sequences are open, which is the limit: end one, or try again later", entries_.size());
      SINEW_ASSIGN_OR_RETURN(Tracker tracker, Tracker::Create(kTracking, skeleton));
      found = entries_.emplace(key, std::make_shared<Entry>(std::move(tracker))).first;
    }
    entry = found->second;
    entry->last = now;
    if (step.end) entries_.erase(found);
  }
  const std::lock_guard lock(entry->mutex);
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  auto ids = entry->tracker.Update(seconds, people);
  if (!ids.ok()) {
    return InvalidArgument("sequence \"{}\": {}; its pictures must be sent one after the other", step.id,
                           ids.status().message());
  }
  return std::move(ids->front());
}

size_t Sequences::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sinew::serving
