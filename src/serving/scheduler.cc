// One mutex: it is held for the time of moving a task, while tasks take milliseconds.
#include "serving/scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sinew::serving {
namespace {

// Of the last turn in the mean: the last ten or so decide.
constexpr double kNewest = 0.1;
constexpr int kMaxRetrySeconds = 60;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options)
    : options_{std::max(1, options.processors), std::max<size_t>(1, options.max_queue)} {
  for (int i = 0; i < options_.processors; ++i) threads_.Start([this, i] { Work(i); });
}

Scheduler::~Scheduler() {
  std::deque<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    ending_ = draining_ = true;
    dropped.swap(queue_);
  }
  task_came_.notify_all();
  for (Waiting& waiting : dropped) waiting.task.drop({ErrorKind::kStopping, "the server is stopping"});
  threads_.Join();
}

std::optional<Error> Scheduler::Submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return Error{ErrorKind::kStopping, "the server is stopping: ask another one"};
    if (queue_.size() >= options_.max_queue) {
      const double seconds = mean_seconds_ * static_cast<double>(queue_.size()) / options_.processors;
      return Error{
          ErrorKind::kOverloaded,
          fmt::format("{} requests are waiting, which is all that this server keeps: try again later", queue_.size()),
          std::clamp(static_cast<int>(std::ceil(seconds)), 1, kMaxRetrySeconds)};
    }
    queue_.push_back({std::move(task), Clock::now()});
  }
  task_came_.notify_one();
  return std::nullopt;
}

bool Scheduler::Drain(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  return task_ended_.wait_until(lock, deadline, [this] { return queue_.empty() && working_ == 0; });
}

size_t Scheduler::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

int Scheduler::working() const {
  const std::lock_guard lock(mutex_);
  return working_;
}

void Scheduler::Work(int worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    task_came_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    RunOne(&lock, worker);
  }
}

void Scheduler::RunOne(std::unique_lock<std::mutex>* lock, int worker) {
  Waiting next = std::move(queue_.front());
  queue_.pop_front();
  const bool is_wide = options_.processors > 1 && queue_.empty() && working_ == 0 && !wide_is_taken_;
  if (is_wide) wide_is_taken_ = true;
  ++working_;
  lock->unlock();

  const Clock::time_point start = Clock::now();
  double seconds = 0;
  if (next.task.cancelled != nullptr && next.task.cancelled->load()) {
    next.task.drop({ErrorKind::kCancelled, "whoever asked has gone"});
  } else if (start > next.task.deadline) {
    next.task.drop({ErrorKind::kLate, "the deadline passed while the request was waiting: nothing was computed"});
  } else {
    const Turn turn{is_wide ? wide_slot() : worker, is_wide ? options_.processors : 1, SecondsSince(next.since)};
    next.task.run(turn);
    if (is_wide) ++wide_turns_;
    seconds = SecondsSince(start);
  }
  next = {};  // what it holds may take a while to go

  lock->lock();
  if (is_wide) wide_is_taken_ = false;
  --working_;
  if (seconds > 0) mean_seconds_ = mean_seconds_ == 0 ? seconds : mean_seconds_ + kNewest * (seconds - mean_seconds_);
  task_ended_.notify_all();
}

}  // namespace sinew::serving
