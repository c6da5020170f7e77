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

Error TheEnd() { return {ErrorKind::kStopping, "the server is stopping"}; }

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Why a task is not worth being begun at this time.
std::optional<Error> WhyNot(const Task& task, Clock::time_point now) {
  if (task.cancelled != nullptr && task.cancelled->load())
    return Error{ErrorKind::kCancelled, "whoever asked has gone"};
  if (now > task.deadline)
    return Error{ErrorKind::kLate, "the deadline passed while the request was waiting: nothing was computed"};
  return std::nullopt;
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options)
    : options_{std::max(1, options.processors), options.can_share, std::max<size_t>(1, options.max_queue)} {
  for (int i = 0; i < options_.processors; ++i) {
    threads_.Start([this] { Read(); });
    threads_.Start([this, i] { Work(i); });
  }
}

Scheduler::~Scheduler() {
  std::deque<Waiting> waiting, ready;
  {
    const std::lock_guard lock(mutex_);
    ending_ = draining_ = true;
    waiting.swap(queue_);
    ready.swap(ready_);
  }
  can_read_.notify_all();
  can_work_.notify_all();
  for (auto* dropped : {&ready, &waiting}) {
    for (Waiting& each : *dropped) each.task.drop(TheEnd());
  }
  threads_.Join();
}

std::vector<int> Scheduler::SlotThreads(const SchedulerOptions& options) {
  std::vector<int> threads(static_cast<size_t>(std::max(1, options.processors)), 1);
  if (HasWideSlot(options)) threads.push_back(options.processors);
  return threads;
}

std::optional<Error> Scheduler::Submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return Error{ErrorKind::kStopping, "the server is stopping: ask another one"};
    if (const size_t waiting = WaitingNow(); waiting >= options_.max_queue) {
      const double seconds = mean_seconds_ * static_cast<double>(waiting) / options_.processors;
      return Error{
          ErrorKind::kOverloaded,
          fmt::format("{} requests are waiting, which is all that this server keeps: try again later", waiting),
          std::clamp(static_cast<int>(std::ceil(seconds)), 1, kMaxRetrySeconds)};
    }
    queue_.push_back({std::move(task), Clock::now()});
  }
  can_read_.notify_one();
  return std::nullopt;
}

void Scheduler::Continue(Task task) {
  std::unique_lock lock(mutex_);
  if (ending_) {
    lock.unlock();
    return task.drop(TheEnd());
  }
  queue_.push_back({std::move(task), Clock::now()});
  lock.unlock();
  can_read_.notify_one();
}

bool Scheduler::Drain(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  return task_ended_.wait_until(lock, deadline, [this] { return WaitingNow() == 0 && working_ == 0; });
}

size_t Scheduler::waiting() const {
  const std::lock_guard lock(mutex_);
  return WaitingNow();
}

int Scheduler::working() const {
  const std::lock_guard lock(mutex_);
  return working_;
}

void Scheduler::Read() {
  const size_t most_ahead = static_cast<size_t>(options_.processors);
  std::unique_lock lock(mutex_);
  while (true) {
    can_read_.wait(lock, [&] { return ending_ || (!queue_.empty() && reading_ + ready_.size() < most_ahead); });
    if (ending_) return;
    Waiting next = std::move(queue_.front());
    queue_.pop_front();
    ++reading_;
    lock.unlock();

    const Clock::time_point start = Clock::now();
    std::optional<Error> error = WhyNot(next.task, start);
    if (!error && next.task.prepare) error = next.task.prepare();
    next.prepare_seconds = SecondsSince(start);
    if (error) next.task.drop(*error);
    if (error) next = {};  // what it holds may take a while to go

    lock.lock();
    --reading_;
    if (error) {
      task_ended_.notify_all();
    } else if (ending_) {
      lock.unlock();
      next.task.drop(TheEnd());
      return;
    } else {
      ready_.push_back(std::move(next));
      can_work_.notify_one();
    }
  }
}

void Scheduler::Work(int worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    can_work_.wait(lock, [this] { return ending_ || !ready_.empty(); });
    if (ending_) return;
    RunOne(&lock, worker);
  }
}

void Scheduler::RunOne(std::unique_lock<std::mutex>* lock, int worker) {
  Waiting next = std::move(ready_.front());
  ready_.pop_front();
  const bool is_wide = HasWideSlot(options_) && WaitingNow() == 0 && working_ == 0;
  ++working_;
  lock->unlock();
  can_read_.notify_one();

  const Clock::time_point start = Clock::now();
  double seconds = 0;
  if (const std::optional<Error> error = WhyNot(next.task, start)) {
    next.task.drop(*error);
  } else {
    const double queued = std::max(0.0, SecondsSince(next.since) - next.prepare_seconds);
    next.task.run(is_wide ? Turn{options_.processors, options_.processors, queued} : Turn{worker, 1, queued});
    if (is_wide) ++wide_turns_;
    seconds = SecondsSince(start);
  }
  next = {};

  lock->lock();
  --working_;
  if (seconds > 0) mean_seconds_ = mean_seconds_ == 0 ? seconds : mean_seconds_ + kNewest * (seconds - mean_seconds_);
  task_ended_.notify_all();
}

}  // namespace sinew::serving
