// Child processes: programs that do a job better than a library linked into every start would.
#pragma once

#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew::zoo {

struct ProcessResult {
  int exit_code = 0;   // 128 + the signal's number for a program that a signal ended
  std::string errors;  // the end of its standard error; empty when that was let through
};

// Runs a program found on PATH, its input and output closed, and waits. kNotFound where there is no such program.
Result<ProcessResult> RunProcess(const std::vector<std::string>& arguments, bool let_errors_through = false);

}  // namespace sinew::zoo
