// Where a pipeline's frames wait for the Python program that takes them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "media/images/image.h"
#include "pipeline/frame_sink.h"
#include "pipeline/outputs.h"
#include "pipeline/pipeline.h"
#include "results/record.h"

namespace sinew::python {

// What Python gets of a frame.
struct FrameResult {
  results::Record record;
  media::Image picture;  // where it was asked for
  pipeline::Maps maps;   // likewise
};

struct FrameQueueOptions {
  bool pictures = false, maps = false;
  // As many frames wait; then the pipeline does, so that a slow program slows the reader down.
  size_t capacity = 4;
};

// The sink of a pipeline, with another one in front that writes files (null: none). One thread commits, any thread
// takes.
class FrameQueue : public pipeline::FrameSink {
 public:
  // `stop` is the pipeline's; both must outlive the queue.
  FrameQueue(const FrameQueueOptions& options, pipeline::Outputs* outputs, std::atomic<bool>* stop)
      : options_(options), outputs_(outputs), stop_(stop) {}

  bool needs_maps() const override { return options_.maps || (outputs_ != nullptr && outputs_->needs_maps()); }
  bool has_files() const override { return options_.pictures || (outputs_ != nullptr && outputs_->has_files()); }
  Status WriteFiles(pipeline::Task* task, pipeline::StageTimes* times) const override;
  Result<bool> Commit(pipeline::Task* task, pipeline::StageTimes* times) override;
  Status Finish(pipeline::RunEnd end) override;

  // The next frame; nothing after the last one, or where none came for a moment: see `ended`.
  std::optional<FrameResult> Take(std::chrono::milliseconds patience);
  // Whether no more frames come.
  bool ended() const;
  // After Finish, or where the pipeline ended without: nothing more comes. Any thread.
  void End();
  // Drops what waits, and lets a waiting pipeline go on to its end. Any thread.
  void Drop();

 private:
  const FrameQueueOptions options_;
  pipeline::Outputs* const outputs_;
  std::atomic<bool>* const stop_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FrameResult> frames_;
  // Pictures as they were before people were drawn on them, by the number of the task.
  mutable std::vector<std::pair<int64_t, media::Image>> originals_;
  bool ended_ = false, dropped_ = false;
};

}  // namespace sinew::python
