// The end of a frame's results.
#include "pipeline/task.h"

#include "base/error.h"

namespace sinew::pipeline {

void SetError(const Status& status, Task* task) {
  task->record.people.clear();
  task->record.person_ids.clear();
  task->record.found_keypoints.clear();
  task->maps = Maps();
  task->record.error = fmt::format("{}: {}", task->record.source, status.message());
}

}  // namespace sinew::pipeline
