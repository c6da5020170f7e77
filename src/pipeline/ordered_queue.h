// What joins two stages of a pipeline: items come in any order, and leave in the order of their numbers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"

namespace sinew::pipeline {

// Any number of threads on both ends. Put never waits: how many items there are at once is bounded elsewhere (Slots),
// so that the next number can always come. Nothing is allocated after construction: putting and taking cannot fail.
template <class T>
class OrderedQueue {
 public:
  // `capacity`: how far a number can be ahead of the next one to be taken.
  explicit OrderedQueue(int capacity) : items_(static_cast<size_t>(capacity)) {}

  // Each number from 0 on once.
  void Put(int64_t number, T item) noexcept {
    const std::lock_guard lock(mutex_);
    SINEW_CHECK(number >= next_ && number < end_ && number - next_ < static_cast<int64_t>(items_.size()));
    Place(number) = std::move(item);
    if (number == next_) changed_.notify_one();
  }

  // No number from `end` on will come.
  void Close(int64_t end) noexcept {
    const std::lock_guard lock(mutex_);
    end_ = end;
    changed_.notify_all();
  }

  // Waits for the next item in order; false where there is none. `in_order`, called with the item while no other thread
  // takes one, does what must be done to one item after the other; it must not throw.
  template <class F>
  bool Take(T* item, F&& in_order) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ == end_ || Place(next_).has_value(); });
    if (next_ == end_) return false;
    *item = std::move(*Place(next_));
    Place(next_).reset();
    in_order(*item);
    // The next one may be here already, or it was the last: whoever waits must look.
    if (++next_ == end_) {
      changed_.notify_all();
    } else if (Place(next_).has_value()) {
      changed_.notify_one();
    }
    return true;
  }
  bool Take(T* item) {
    return Take(item, [](T&) {});
  }

 private:
  std::optional<T>& Place(int64_t number) { return items_[static_cast<size_t>(number) % items_.size()]; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<T>> items_;  // number n at n modulo the capacity
  int64_t next_ = 0, end_ = std::numeric_limits<int64_t>::max();
};

// How many items may be in flight at once.
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
