// Where the time of a pipeline goes.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace sinew::pipeline {

// The work of a frame, in the order of its way, and the waiting of those who do it.
enum class Stage {
  kRead,    // decoding the picture or the frame of a video
  kResize,  // to the network's input
  kNetwork,
  kDecode,  // maps to people
  kFollow,  // tracking and smoothing
  kDraw,
  kFiles,          // encoding and writing the files of the frame
  kVideo,          // encoding the rendered video, and showing it
  kRecords,        // lines and rows of all frames
  kReaderWaits,    // for a free slot
  kAnalysersWait,  // for a picture
  kFinishersWait,  // for people
  kWriterWaits,    // for finished frames
};
inline constexpr int kStageCount = 13;
std::string_view StageName(Stage stage);
inline bool IsWaiting(Stage stage) { return stage >= Stage::kReaderWaits; }

// Seconds by stage, summed over all threads. Thread-safe.
class StageTimes {
 public:
  void Add(Stage stage, double seconds) {
    nanoseconds_[static_cast<size_t>(stage)].fetch_add(static_cast<int64_t>(seconds * 1e9), std::memory_order_relaxed);
  }
  double Seconds(Stage stage) const {
    return static_cast<double>(nanoseconds_[static_cast<size_t>(stage)].load(std::memory_order_relaxed)) * 1e-9;
  }

 private:
  std::array<std::atomic<int64_t>, kStageCount> nanoseconds_ = {};
};

// Adds what passes until its end to a stage.
class StageTimer {
 public:
  StageTimer(StageTimes* times, Stage stage) : times_(times), stage_(stage), start_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    times_->Add(stage_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  StageTimes* times_;
  Stage stage_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace sinew::pipeline
