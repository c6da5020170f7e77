// All rendered frames as one video.
#pragma once

#include <filesystem>
#include <memory>

#include "media/images/image.h"
#include "media/video/video.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// As many frames as were given, in the size of the first picture: one of another size is scaled evenly and padded with
// black; where there is none (it could not be decoded), the one before is repeated, black before the first. One thread
// at a time. Destroyed without Finish, it leaves no file.
class VideoOutput {
 public:
  // `fallback_rate` is taken where an input knows no frame rate.
  VideoOutput(std::filesystem::path path, double fallback_rate)
      : path_(std::move(path)), fallback_rate_(fallback_rate) {}

  // `picture` without pixels: there is none. `frames_per_second` of the first picture counts; 0 where nobody knows.
  Status Write(media::Image picture, double frames_per_second);
  // No file where no picture came.
  Status Finish();

 private:
  const std::filesystem::path path_;
  const double fallback_rate_;
  int64_t missing_at_first_ = 0;
  std::unique_ptr<media::VideoWriter> writer_;
  media::Image last_;
};

}  // namespace sinew::pipeline
