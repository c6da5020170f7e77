// Child processes: programs that do a job better than a library linked into every start would.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew {

struct ProcessOptions {
  bool let_errors_through = false;              // standard error goes to the caller's instead of into the result
  uint64_t max_file_bytes = uint64_t{1} << 32;  // the kernel ends the program when a file it writes grows beyond this
};

struct ProcessResult {
  int exit_code = 0;   // 128 + the signal's number for a program that a signal ended
  std::string output;  // the end of its standard output
  std::string errors;  // the end of its standard error; empty when that was let through
};

// A program that RLIMIT_FSIZE ended (signal SIGXFSZ), as an exit code.
extern const int kFileGrewTooLarge;

// Runs a program found on PATH, its input closed, and waits. kNotFound where there is no such program.
Result<ProcessResult> RunProcess(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

}  // namespace sinew
