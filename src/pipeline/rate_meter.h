// How many frames a second are being done now.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>

namespace sinew::pipeline {

// Over the last frames. Thread-safe.
class RateMeter {
 public:
  // Counts a frame and returns the rate; 0 for the first one.
  double Tick() {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    times_.push_back(now);
    if (times_.size() > kFrames) times_.pop_front();
    const double seconds = std::chrono::duration<double>(now - times_.front()).count();
    return seconds > 0 ? static_cast<double>(times_.size() - 1) / seconds : 0;
  }

 private:
  static constexpr size_t kFrames = 30;
  std::mutex mutex_;
  std::deque<std::chrono::steady_clock::time_point> times_;
};

}  // namespace sinew::pipeline
