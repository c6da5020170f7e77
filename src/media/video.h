// Videos in and out, frame by frame, through the OpenCV backend (backend.h).
#pragma once

#include <filesystem>
#include <memory>

#include "media/extension.h"
#include "media/image.h"

namespace sinew::media {

struct VideoFormat {
  int width = 0, height = 0;
  double frames_per_second = 0;
};

// One thread at a time.
class VideoReader {
 public:
  virtual ~VideoReader() = default;
  virtual VideoFormat format() const = 0;
  // As the container tells, which may be wrong; 0 where it does not.
  virtual int64_t frame_count_estimate() const = 0;
  // Fills `frame` and returns true, or false after the last frame.
  virtual Result<bool> Next(Image* frame) = 0;
};

// One thread at a time. Destroyed without Finish, it leaves no file.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  // kInvalidArgument where the frame has not the video's size.
  virtual Status Write(const Image& frame) = 0;
  // The file is whole and under its name afterwards.
  virtual Status Finish() = 0;
};

// Errors name the file: kNotFound, kCorrupt or kUnsupported (no video that can be read), kUnavailable (no backend).
Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path);

// H.264 where the system's FFmpeg can write it, else MPEG-4 part 2. The container follows the extension (.mp4, .avi,
// .mkv, ...).
Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path, const VideoFormat& format);

}  // namespace sinew::media
