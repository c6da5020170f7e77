// All rendered frames as one video.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "media/source.h"
#include "media/video/video.h"
#include "sinew/status.h"

namespace sinew::pipeline {

struct VideoOutputOptions {
  std::filesystem::path path;
  double picture_rate = 30;  // of pictures, and of inputs that know neither times nor a rate
  // Copies the sound of the first frame's input, a video file: for runs with no other input.
  bool sound = true;
  WriteOptions write;
};

// Every frame at its own time: those of one input as far apart as they are there, inputs one after the other, the first
// frame at 0. The video has the size and the shape of pixels of the first picture: one of another size is scaled evenly
// and padded with black; where there is none (it could not be decoded), the one before is repeated, black before the
// first. One thread at a time. Destroyed without Finish, it leaves what is written as PATH.part.
class VideoOutput {
 public:
  explicit VideoOutput(VideoOutputOptions options) : options_(std::move(options)) {}

  // Takes the picture out of the frame; one without pixels is missing.
  Status Write(media::Frame* frame);
  // VideoWriter::Finish. No file where no picture came.
  Status Finish(bool complete);
  // Why sound is missing; empty where none is.
  const std::string& remark() const { return remark_; }

 private:
  double TimeOf(const media::Frame& frame);
  Status Open(const media::Frame& frame);
  std::optional<media::Sound> SoundOf(const media::Frame& frame);

  const VideoOutputOptions options_;
  std::vector<double> missing_at_first_;  // their times
  std::unique_ptr<media::VideoWriter> writer_;
  media::Image last_;
  std::optional<size_t> input_;  // of the last frame
  double begin_ = 0;             // of the input's first frame, in the video
  double first_seconds_ = 0;     // of the input's first frame, in the input
  double end_ = 0;               // of the last frame
  std::string remark_;
};

}  // namespace sinew::pipeline
