// Tasks onto a queue, and their progress over all workers.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis_flags.h"
#include "media/inputs.h"
#include "queue.h"

namespace sinew::worker {

struct Progress {
  int64_t submitted = 0, done = 0, records = 0, failed = 0, dead = 0;
  double seconds = 0;  // since following began
  double rate = 0;     // tasks a second, lately
};

struct SubmitOptions {
  Pinned pinned;  // empty: any worker may do the tasks with what it has
  bool recursive = false, follow = true;
  std::filesystem::path jsonl;  // empty: results stay where they are
  std::function<void(const media::SkippedFile&)> skipped;
  std::function<void(const std::string& input, const Status&)> failed_input;  // that names nothing
  std::function<void(const std::string& id, const std::string& reason)> dead;
  std::function<void(const Progress&)> progress;  // every second
};

// Puts a task for each picture and video on the queue; prefixes of stores are listed meanwhile, and take no memory.
// Then follows until each has a result or is given up, or `stop`. With `jsonl`, results are written as they come, each
// input once.
Result<Progress> Submit(const std::vector<std::string>& arguments, const SubmitOptions& options, Queue* queue,
                        std::atomic<bool>* stop);

}  // namespace sinew::worker
