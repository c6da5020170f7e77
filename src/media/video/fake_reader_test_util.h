// A reader that follows a script, for tests of what reads from readers.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/media_test_util.h"
#include "media/video/video.h"

namespace sinew::media {

// What one call of Next or Skip does: a frame with its number and its time, or an error. After the last one the video
// ends.
struct Step {
  int number = 0;
  std::optional<double> seconds;
  Status status;
  bool damaged = false;
};

class FakeReader : public VideoReader {
 public:
  explicit FakeReader(std::vector<Step> steps, double frames_per_second = 0, int64_t estimate = 0)
      : steps_(steps.begin(), steps.end()), frames_per_second_(frames_per_second), estimate_(estimate) {}

  VideoFormat format() const override { return {64, 48, frames_per_second_}; }
  int64_t frame_count_estimate() const override { return estimate_; }
  std::optional<double> seconds() const override { return seconds_; }
  bool damaged() const override { return damaged_; }
  Result<bool> Next(Image* frame) override {
    ++converted_;
    return Advance(frame);
  }
  Result<bool> Skip() override { return Advance(nullptr); }
  int converted() const { return converted_; }

 private:
  Result<bool> Advance(Image* frame) {
    if (steps_.empty()) return false;
    const Step step = std::move(steps_.front());
    steps_.pop_front();
    seconds_ = step.seconds;
    damaged_ = step.damaged;
    if (!step.status.ok()) return step.status;
    if (frame != nullptr) *frame = Numbered(step.number);
    return true;
  }

  std::deque<Step> steps_;
  double frames_per_second_;
  int64_t estimate_;
  std::optional<double> seconds_;
  bool damaged_ = false;
  int converted_ = 0;
};

// Frames `first`, `first` + 1, ... without times.
inline std::vector<Step> Steps(int first, int count) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) steps.push_back({first + i, std::nullopt, Status()});
  return steps;
}

}  // namespace sinew::media
