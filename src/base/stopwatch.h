// Wall time, lap by lap.
#pragma once

#include <chrono>
#include <utility>

namespace sinew {

class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Seconds since the last lap, or since construction.
  double Lap() {
    const Clock::time_point now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }
  // The same without beginning a new lap.
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  Clock::time_point start_ = Clock::now();
};

}  // namespace sinew
