// Who works on what: a bounded queue, readers, and processors that share one picture or take one each.
//
// What a task needs first, such as reading its picture, is done by readers, so that a picture that takes long to read
// holds no network; they read at most one ahead for each worker, so that pictures that were read do not pile up. Then a
// task that comes when nobody else is served gets all processors (the wide slot): it is done soonest. While others wait
// or work, each processor takes a task of its own, which wastes nothing. What is late or not wanted any more is dropped
// when its turn comes, and what finds the queue full is refused at once, so that the work that is accepted stays worth
// doing whatever the load.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/thread_group.h"
#include "serving/error.h"

namespace sinew::serving {

using Clock = std::chrono::steady_clock;

// Set by whoever asked, when the answer is not wanted any more.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// A task's turn. Each slot is used by one thread at a time: it can name what that thread needs.
struct Turn {
  int slot = 0;               // 0 to Scheduler::slots() - 1
  int threads = 1;            // to use
  double queued_seconds = 0;  // that it waited, for a reader and then for a worker
};

struct Task {
  Clock::time_point deadline = Clock::time_point::max();  // it is not begun later
  CancelFlag cancelled;                                   // may be null
  // Before `run`, on a reader; may be empty. An error goes to `drop`. None of the three may throw.
  std::function<std::optional<Error>()> prepare;
  std::function<void(const Turn&)> run;
  std::function<void(const Error&)> drop;  // instead of `run`: `prepare`'s error, kLate, kCancelled or kStopping
};

struct SchedulerOptions {
  int processors = 1;     // tasks that run side by side
  bool can_share = true;  // whether several processors can work on one task: those of a GPU, its streams, cannot
  size_t max_queue = 64;  // tasks that wait
};

// Thread-safe.
class Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  // Drops what waits and finishes what was begun.
  ~Scheduler();

  // Nothing where the task was taken: one of its functions is called later, on a thread of the scheduler's. Else why it
  // was not: kOverloaded, with the seconds after which to try again, or kStopping.
  std::optional<Error> Submit(Task task);
  // From a task's `run`: what is left of it, as a task that waits its turn behind the others. It is always taken.
  void Continue(Task task);

  // No task is taken from now on; waits for those that were. False where they are not done at `deadline`.
  bool Drain(Clock::time_point deadline);

  // The threads that each slot's turns use: one each and, where processors can share a task, all in the last one.
  static std::vector<int> SlotThreads(const SchedulerOptions& options);
  int slots() const { return options_.processors + (HasWideSlot(options_) ? 1 : 0); }

  size_t waiting() const;
  int working() const;
  // Turns that had all processors.
  int64_t wide_turns() const { return wide_turns_.load(); }

 private:
  struct Waiting {
    Task task;
    Clock::time_point since;
    double prepare_seconds = 0;
  };
  static bool HasWideSlot(const SchedulerOptions& options) { return options.can_share && options.processors > 1; }
  void Read();
  void Work(int worker);
  void RunOne(std::unique_lock<std::mutex>* lock, int worker);
  size_t WaitingNow() const { return queue_.size() + reading_ + ready_.size(); }

  const SchedulerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable can_read_, can_work_, task_ended_;
  std::deque<Waiting> queue_, ready_;  // to be read, to be worked on
  size_t reading_ = 0;
  int working_ = 0;
  bool draining_ = false, ending_ = false;
  double mean_seconds_ = 0;  // of a turn, of the last ones
  std::atomic<int64_t> wide_turns_ = 0;
  ThreadGroup threads_;
};

}  // namespace sinew::serving
