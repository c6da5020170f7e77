// Where analysed frames go, as the pipeline sees it: files, a display, a caller's own function.
#pragma once

#include <string>

#include "pipeline/stage_times.h"
#include "pipeline/task.h"
#include "results/record.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// How a run ended.
enum class RunEnd {
  kComplete,  // every frame of the source was committed
  kStopped,   // on request: the frames so far are whole
  kFailed,    // by an error
};

// WriteFiles of a frame comes before its Commit. After an error of either, only Finish is called.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  // Whether frames need their maps (Task::maps).
  virtual bool needs_maps() const { return false; }
  // Whether WriteFiles is work that several threads can share.
  virtual bool has_files() const { return false; }

  // Frames of an earlier run, from the first one on. The reader thread asks before each frame.
  virtual bool HasKnownRecord() const { return false; }
  // Fills all of the frame's record but its source, frame and time, which it checks.
  virtual Status NextKnownRecord(Task* /*task*/) { return Status(); }
  // Whether an earlier run has written everything of this frame, which has its name; the same thread asks.
  virtual bool IsDone(const Task& /*task*/) const { return false; }
  // Whether pictures, and maps, of such frames are needed all the same.
  virtual bool needs_known_pictures() const { return false; }
  virtual bool needs_known_maps() const { return false; }

  // What can be done out of order. Any number of threads at once. An error ends the run; what is wrong with this frame
  // alone goes into its record.
  virtual Status WriteFiles(Task* /*task*/, StageTimes* /*times*/) const { return Status(); }
  // In the order of the input, on the thread that runs the pipeline. False ends the run as if it had been stopped.
  virtual Result<bool> Commit(Task* task, StageTimes* times) = 0;
  // Once, at the end, however it came.
  virtual Status Finish(RunEnd end) = 0;
};

}  // namespace sinew::pipeline
