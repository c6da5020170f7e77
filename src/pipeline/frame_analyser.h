// What finds the people in a frame, as the pipeline sees it.
#pragma once

#include <functional>
#include <memory>

#include "pipeline/stage_times.h"
#include "pipeline/task.h"

namespace sinew::pipeline {

// One thread at a time; each of the pipeline's lanes has one of its own.
class FrameAnalyser {
 public:
  virtual ~FrameAnalyser() = default;
  // Fills people, size and maps of the task's record. What goes wrong becomes the record's error; an exception does so
  // in the pipeline.
  virtual void Analyse(Task* task) = 0;
};

// Makes the analyser of one lane, on the thread that will use it; called from several threads at once. `times` outlives
// the analyser.
using AnalyserFactory = std::function<std::unique_ptr<FrameAnalyser>(StageTimes* times)>;

}  // namespace sinew::pipeline
