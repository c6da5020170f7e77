// A task of a queue: JSON, of version 1.
//   {"task":1,"id":"0123456789abcdef","input":"s3://bucket/a.jpg","options":"89ab...","artifact":"4567..."}
// "options" and "artifact" are hashes of what the task is to be done with; empty: with whatever the worker has.
#pragma once

#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew::worker {

struct Task {
  std::string id;  // 16 hexadecimal digits: the same for the same input, options and artifact
  std::string input, options, artifact;
  bool operator==(const Task&) const = default;
};

// With its id.
Task MakeTask(std::string input, std::string options, std::string artifact);
std::string ToJson(const Task& task);
// kCorrupt for what is no task, kIncompatible for one of another version.
Result<Task> ParseTask(std::string_view json);

}  // namespace sinew::worker
