// What takes long and is asked for rarely, such as loading a model or parsing megabytes of JSON: one thread, a short
// queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "base/thread_group.h"

namespace sinew::server {

// Thread-safe.
class Background {
 public:
  Background() {
    thread_.Start([this] { Work(); });
  }
  // Finishes the job that it is at, and drops the others.
  ~Background() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      jobs_.clear();
    }
    came_.notify_all();
  }

  // False where too many jobs wait. A job must not throw.
  bool Start(std::function<void()> job) {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= kMaxJobs) return false;
      jobs_.push_back(std::move(job));
    }
    came_.notify_one();
    return true;
  }

 private:
  static constexpr size_t kMaxJobs = 16;

  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      came_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  ThreadGroup thread_;  // the last: it ends first
};

}  // namespace sinew::server
