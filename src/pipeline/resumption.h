// What an earlier, interrupted run has left: the records of the first frames.
#pragma once

#include <filesystem>
#include <fstream>

#include "results/record.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// Reads the records of JSON lines one by one, so that any number of them takes no memory. One thread at a time.
class Resumption {
 public:
  // No records.
  Resumption() = default;
  // The first `count` lines of `path`, which may grow meanwhile.
  static Result<Resumption> Open(const std::filesystem::path& path, int64_t count);

  bool has_next() const { return left_ > 0; }
  int64_t left() const { return left_; }
  // Fills all of the record but its source and frame, which must be those given: kInvalidArgument where the line is of
  // another frame, because the inputs are not those of the earlier run.
  Status Next(results::Record* record);

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  int64_t left_ = 0, line_ = 0;
};

}  // namespace sinew::pipeline
