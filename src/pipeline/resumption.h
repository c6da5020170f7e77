// What an earlier, interrupted run has left: the records of the first frames.
#pragma once

#include <filesystem>
#include <fstream>
#include <span>

#include "pipeline/manifest.h"
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

// Finds out how many inputs a run has got to, by the records that it has left. An input whose video has no frame has no
// record, and is passed over.
class InputCounter {
 public:
  // `inputs` must outlive it.
  explicit InputCounter(std::span<const ManifestInput> inputs) : inputs_(inputs) {}
  // Records come in order.
  void Add(const results::Record& record);
  // With the one that the last record is of; more than there are where it is of none of them.
  size_t count() const { return count_; }

 private:
  std::span<const ManifestInput> inputs_;
  size_t count_ = 0;
  std::string source_;
  int64_t frame_ = 0;
};

}  // namespace sinew::pipeline
