// A bounded queue behind a writer of files.
#include "frame_queue.h"

#include <algorithm>

namespace sinew::python {

Status FrameQueue::WriteFiles(pipeline::Task* task, pipeline::StageTimes* times) const {
  if (options_.pictures) {
    media::Image original = task->frame.image;
    const std::lock_guard lock(mutex_);
    originals_.emplace_back(task->number, std::move(original));
  }
  return outputs_ != nullptr && outputs_->has_files() ? outputs_->WriteFiles(task, times) : Status();
}

Result<bool> FrameQueue::Commit(pipeline::Task* task, pipeline::StageTimes* times) {
  FrameResult result;
  result.record = task->record;
  if (options_.maps) result.maps = task->maps;
  if (outputs_ != nullptr) {
    const Result<bool> go_on = outputs_->Commit(task, times);
    if (!go_on.ok() || !*go_on) return go_on;
  }
  std::unique_lock lock(mutex_);
  const auto original = std::find_if(originals_.begin(), originals_.end(),
                                     [&](const auto& entry) { return entry.first == task->number; });
  if (original != originals_.end()) {
    result.picture = std::move(original->second);
    originals_.erase(original);
  }
  changed_.wait(lock, [this] { return frames_.size() < options_.capacity || dropped_; });
  if (!dropped_) frames_.push_back(std::move(result));
  changed_.notify_all();
  return !dropped_;
}

Status FrameQueue::Finish(pipeline::RunEnd end) { return outputs_ != nullptr ? outputs_->Finish(end) : Status(); }

std::optional<FrameResult> FrameQueue::Take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return !frames_.empty() || ended_ || dropped_; });
  if (frames_.empty()) return std::nullopt;
  FrameResult result = std::move(frames_.front());
  frames_.pop_front();
  changed_.notify_all();
  return result;
}

bool FrameQueue::ended() const {
  const std::lock_guard lock(mutex_);
  return (ended_ || dropped_) && frames_.empty();
}

void FrameQueue::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void FrameQueue::Drop() {
  stop_->store(true);
  const std::lock_guard lock(mutex_);
  dropped_ = true;
  frames_.clear();
  changed_.notify_all();
}

}  // namespace sinew::python
