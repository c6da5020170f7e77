// What the tests of the writers share: a folder of their own, a full disk, a record with everything.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

#include "base/file.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::results {

class WriterTest : public ::testing::Test {
 protected:
  WriterTest() {
    std::string pattern = ::testing::TempDir() + "/sinew_output_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~WriterTest() override { std::filesystem::remove_all(folder_); }

  size_t FileCount() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()));
  }
  std::string Content(const std::string& name) const {
    const Result<std::string> content = ReadFile(folder_ / name);
    return content.ok() ? *content : content.status().message();
  }

  std::filesystem::path folder_;
};

// While it lives, no file grows beyond so many bytes: what a full disk does, for any file.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

// Somebody with keypoint i at (10 i, 20 i) and score 0.5; keypoint 0 is missing.
inline Person Somebody() {
  Person person;
  person.score = 0.75f;
  for (int i = 0; i < Coco18Skeleton().keypoint_count(); ++i) {
    const float step = static_cast<float>(i);
    person.keypoints.push_back(i == 0 ? Keypoint() : Keypoint{10 * step, 20 * step, 0.5f});
  }
  return person;
}

inline Record Picture(std::string source, int people = 1) {
  return {.source = std::move(source),
          .width = 640,
          .height = 360,
          .people = std::vector<Person>(static_cast<size_t>(people), Somebody())};
}

inline Record Frame(std::string source, int64_t frame, int people = 1) {
  Record record = Picture(std::move(source), people);
  record.frame = frame;
  record.seconds = static_cast<double>(frame) / 25;
  return record;
}

inline Record Undecodable(std::string source, std::string error) {
  return {.source = std::move(source), .error = std::move(error)};
}

}  // namespace sinew::results
