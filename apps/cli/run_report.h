// What `sinew run` prints: progress, a line an input, the summary.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pipeline/pipeline.h"
#include "pipeline/stage_times.h"
#include "progress.h"

namespace sinew::cli {

class RunReporter {
 public:
  struct Options {
    bool quiet = false, verbose = false, json = false;
    ProgressForm progress = ProgressForm::kAuto;
    bool lines_to_stderr = false;  // standard output carries results
    std::optional<int64_t> expected_frames;
    int64_t skipped_files = 0;  // of folders
  };
  explicit RunReporter(const Options& options);

  // After each frame, in order.
  void FrameDone(const pipeline::Task& task, const pipeline::PipelineReport& so_far);
  // At the end, however it came.
  void Finish(const pipeline::PipelineReport& report, const pipeline::StageTimes& times, bool interrupted);

 private:
  void EndInput();
  void Line(const std::string& line);

  const Options options_;
  Progress progress_;
  // The input that frames come from at present.
  struct InputTotals {
    size_t index = 0;
    std::string name;
    media::InputKind kind = media::InputKind::kPicture;
    int64_t frames = 0, failed = 0, people = 0;
  };
  std::optional<InputTotals> input_;
};

}  // namespace sinew::cli
