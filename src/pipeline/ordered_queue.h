// What joins two stages of a pipeline: items come in any order, and leave in the order of their numbers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace sinew::pipeline {

// Any number of threads on both ends. Put never waits: how many items there are at once is bounded elsewhere (Slots),
// so that the next number can always come.
template <class T>
class OrderedQueue {
 public:
  // Each number from 0 on once.
  void Put(int64_t number, T item) {
    const std::lock_guard lock(mutex_);
    SINEW_CHECK(number >= next_ && number < end_);
    items_.emplace(number, std::move(item));
    if (number == next_) changed_.notify_one();
  }

  // No number from `end` on will come.
  void Close(int64_t end) {
    const std::lock_guard lock(mutex_);
    end_ = end;
    changed_.notify_all();
  }

  // Waits for the next item in order; false where there is none. `in_order`, called with the item while no other thread
  // takes one, does what must be done to one item after the other.
  template <class F>
  bool Take(T* item, F&& in_order) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ == end_ || items_.contains(next_); });
    if (next_ == end_) return false;
    const auto found = items_.find(next_);
    *item = std::move(found->second);
    items_.erase(found);
    in_order(*item);
    // The next one may be here already, or it was the last: whoever waits must look.
    if (++next_ == end_) {
      changed_.notify_all();
    } else if (items_.contains(next_)) {
      changed_.notify_one();
    }
    return true;
  }
  bool Take(T* item) {
    return Take(item, [](T&) {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, T> items_;
  int64_t next_ = 0, end_ = std::numeric_limits<int64_t>::max();
};

// How many items may be on their way at once.
class Slots {
 public:
  explicit Slots(int count) : free_(count) {}
  void Acquire() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    ++free_;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
};

}  // namespace sinew::pipeline
