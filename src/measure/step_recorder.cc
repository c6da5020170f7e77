// Sums of what the hooks of a run have told.
#include "measure/step_recorder.h"

#include <algorithm>

#include "base/check.h"

namespace sinew::measure {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

StepRecorder::StepRecorder(size_t steps, int threads) : steps_(steps), running_(static_cast<size_t>(threads)) {
  ends_.reserve(steps);
}

RunHooks StepRecorder::hooks() {
  ends_.clear();
  for (auto& parts : running_) parts.clear();
  return {.after_step = [this](size_t) { ends_.push_back(Clock::now()); },
          .after_part = [this](const StepPart& part) { running_[part.thread].push_back(part); }};
}

StepRecorder::Run StepRecorder::FinishRun() {
  SINEW_CHECK(ends_.size() == steps_.size());
  parts_.clear();
  for (const auto& parts : running_) parts_.insert(parts_.end(), parts.begin(), parts.end());
  if (ends_.empty()) return {};
  // Nobody tells when the first step begins: its first task does.
  Clock::time_point start = ends_.front();
  double caller_seconds = 0;
  for (const StepPart& part : parts_) {
    start = std::min(start, part.begin);
    const double seconds = Seconds(part.end - part.begin);
    steps_[part.step].busy_seconds += seconds;
    if (part.thread == 0) caller_seconds += seconds;
  }
  Run run;
  run.steps_seconds = Seconds(ends_.back() - start);
  run.waiting_seconds = run.steps_seconds - caller_seconds;
  for (size_t i = 0; i < ends_.size(); ++i) {
    steps_[i].seconds.push_back(Seconds(ends_[i] - start));
    start = ends_[i];
  }
  return run;
}

}  // namespace sinew::measure
