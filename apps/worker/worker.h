// A worker: takes tasks from a queue, finds the people, stores what was found, and only then says that a task is done.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "analysis_flags.h"
#include "pipeline/recent_models.h"
#include "queue.h"

namespace sinew::worker {

struct WorkerOptions {
  pipeline::AnalysisOptions analysis;
  Pinned pinned;
  int lanes = 1;                  // tasks at a time, each with a network of its own
  int64_t max_deliveries = 5;     // of a task that ends its workers, or that nobody can do: then it is given up
  double ack_seconds = 30;        // as the queue has it
  std::filesystem::path results;  // a folder or prefix of a store: ID.jsonl for each task, besides the queue's results
  std::function<void(std::string_view line)> log;
};

struct WorkerCounts {
  std::atomic<int64_t> done = 0, records = 0, failed = 0, people = 0, dead = 0, given_back = 0, working = 0;
};

// Until `stop`: tasks in work are finished then. `models` must outlive the call. The first error that says that no task
// can be done; one task's errors are its own.
Status Work(const WorkerOptions& options, Queue* queue, pipeline::RecentModels* models, std::atomic<bool>* stop,
            WorkerCounts* counts);

}  // namespace sinew::worker
