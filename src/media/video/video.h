// Videos, cameras and network streams in, videos out: frame by frame, through the backend (backend.h).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "media/extension.h"
#include "media/images/image.h"
#include "media/stop.h"

namespace sinew::media {

struct VideoFormat {
  int width = 0, height = 0;
  double frames_per_second = 0;  // 0 where nobody knows
};

struct VideoOptions {
  ImageLimits limits;
  // A network stream that sends nothing for so long is given up; 0: never.
  double timeout_seconds = 0;
  // Asked while a file or a stream makes the reader wait; once true, the call in progress ends with kCancelled.
  StopCheck stop;
};

// Frames come upright: rotation that the file's metadata asks for has been done. Their size may change on the way. One
// thread at a time.
class VideoReader {
 public:
  virtual ~VideoReader() = default;
  // Of the first frame.
  virtual VideoFormat format() const = 0;
  // As the container tells, which may be wrong; 0 where it does not (cameras and live streams).
  virtual int64_t frame_count_estimate() const = 0;
  // Fills `frame` and returns true, or false after the last frame. kCorrupt: one frame is damaged or, as the last, the
  // file is truncated; the next call reads on. Any other error ends the video.
  virtual Result<bool> Next(Image* frame) = 0;
  // The same without the frame's pixels, which saves their conversion.
  virtual Result<bool> Skip() = 0;
  // When the frame last read or skipped is to be shown, counted from the video's beginning, as the container tells.
  // Nothing where it does not, and for cameras.
  virtual std::optional<double> seconds() const = 0;
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

// Errors name the file: kNotFound, kCorrupt or kUnsupported (no video that can be read), kTooLarge, kUnavailable (no
// backend).
Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path, const VideoOptions& options = {});

// rtsp://, http:// ...; `name` stands in messages: the URL may hold a password. kUnavailable where nothing answers.
Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                const VideoOptions& options = {});

// A video4linux device such as /dev/video0.
Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                const VideoOptions& options = {});

// H.264 where the system's FFmpeg can write it, else MPEG-4 part 2. The container follows the extension (.mp4, .avi,
// .mkv, ...).
Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path, const VideoFormat& format);

}  // namespace sinew::media
