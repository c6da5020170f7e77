// Who works on what: a bounded queue, and processors that share one picture or take one each.
//
// A task that comes when nobody else is served gets all processors (the wide slot): it is done soonest. While others
// wait or work, each processor takes a task of its own, which wastes nothing. What is late or not wanted any more is
// dropped when its turn comes, and what finds the queue full is refused at once, so that the work that is accepted
// stays worth doing whatever the load.
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

#include "base/thread_group.h"
#include "serving/error.h"

namespace sinew::serving {

using Clock = std::chrono::steady_clock;

// Set by whoever asked, when the answer is not wanted any more.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// A task's turn. Each slot is used by one thread at a time: it can name what that thread needs.
struct Turn {
  int slot = 0;     // 0 to Scheduler::slots() - 1; the last one is the wide slot
  int threads = 1;  // to use
  double queued_seconds = 0;
};

struct Task {
  Clock::time_point deadline = Clock::time_point::max();  // it is not begun later
  CancelFlag cancelled;                                   // may be null
  std::function<void(const Turn&)> run;                   // must not throw
  std::function<void(const Error&)> drop;                 // instead of `run`: kLate, kCancelled or kStopping
};

struct SchedulerOptions {
  int processors = 1;
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

  // No task is taken from now on; waits for those that were. False where they are not done at `deadline`.
  bool Drain(Clock::time_point deadline);

  int slots() const { return options_.processors + 1; }
  int wide_slot() const { return options_.processors; }
  int slot_threads(int slot) const { return slot == wide_slot() ? options_.processors : 1; }

  size_t waiting() const;
  int working() const;
  // Turns that had all processors.
  int64_t wide_turns() const { return wide_turns_.load(); }

 private:
  struct Waiting {
    Task task;
    Clock::time_point since;
  };
  void Work(int worker);
  void RunOne(std::unique_lock<std::mutex>* lock, int worker);

  const SchedulerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable task_came_, task_ended_;
  std::deque<Waiting> queue_;
  int working_ = 0;
  bool wide_is_taken_ = false, draining_ = false, ending_ = false;
  double mean_seconds_ = 0;  // of a turn, of the last ones
  std::atomic<int64_t> wide_turns_ = 0;
  ThreadGroup threads_;
};

}  // namespace sinew::serving
