// Times of the steps of runs, thread by thread.
#pragma once

#include <cstddef>
#include <vector>

#include "sinew/model.h"

namespace sinew::measure {

// Records one run at a time; the hooks' vectors keep their memory, so that recording costs two looks at the clock for
// each range of tasks.
class StepRecorder {
 public:
  // Of all runs finished so far.
  struct Step {
    std::vector<double> seconds;  // of each run, from the end of the step before
    double busy_seconds = 0;      // of all threads together
  };
  struct Run {
    double steps_seconds = 0;    // from the first task's beginning to the last step's end
    double waiting_seconds = 0;  // of these, when the calling thread waited for others, or woke them
  };

  StepRecorder(size_t steps, int threads);

  // For the next run. The recorder must outlive it, and stay where it is.
  RunHooks hooks();
  // After a run with the hooks.
  Run FinishRun();

  const std::vector<Step>& steps() const { return steps_; }
  // Of the last finished run, thread by thread.
  const std::vector<StepPart>& parts() const { return parts_; }

 private:
  std::vector<Step> steps_;
  std::vector<std::vector<StepPart>> running_;  // by thread
  std::vector<StepPart> parts_;
  std::vector<std::chrono::steady_clock::time_point> ends_;
};

}  // namespace sinew::measure
