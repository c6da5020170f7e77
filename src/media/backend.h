// The backend: a module of its own around FFmpeg, which with what it links takes tens of milliseconds to load. None of
// its types appears here.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "media/byte_source.h"
#include "media/images/format.h"
#include "media/images/image.h"
#include "media/video/video.h"

namespace sinew::media {

// A video on its way into a file that is open. One thread at a time.
class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  // As those of VideoWriter.
  virtual Status Write(const Image& frame, double seconds) = 0;
  virtual Status Finish(double end_seconds) = 0;
  virtual std::string remark() const = 0;
  // How many frames the file holds: as many as were written, and those that were repeated.
  virtual int64_t frames() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Of the formats that images/ffmpeg_pictures.h names.
  virtual Result<Image> DecodePicture(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                                      const ImageLimits& limits) const = 0;
  virtual Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path,
                                                         const VideoOptions& options) const = 0;
  virtual Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                          const VideoOptions& options) const = 0;
  virtual Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                          const VideoOptions& options) const = 0;
  virtual Result<std::unique_ptr<VideoReader>> OpenBytes(std::unique_ptr<ByteSource> source, std::string_view name,
                                                         const VideoOptions& options) const = 0;
  // http:// and https://: what is behind the address, whatever it is.
  virtual Result<std::unique_ptr<ByteSource>> OpenConnection(const std::string& url, std::string_view name,
                                                             const VideoOptions& options) const = 0;
  // Writes to `fd`, which is open for reading and writing and stays the caller's; `path` tells the container.
  virtual Result<std::unique_ptr<VideoEncoder>> EncodeVideo(int fd, const std::filesystem::path& path,
                                                            const VideoFormat& format,
                                                            const std::optional<Sound>& sound) const = 0;
  // The frames of the video in the open file `fd`, by its packets.
  virtual Result<int64_t> CountFrames(int fd, std::string_view name) const = 0;
};

// The module's one exported function, "SinewMediaBackend": null for a program of another version.
using BackendFunction = const Backend* (*)(const char* version);

// Loads the module on the first call (module.h). Thread-safe.
Result<const Backend*> LoadBackend();

}  // namespace sinew::media
