// The backend: a module of its own around OpenCV and FFmpeg, which with what they link take a hundred milliseconds to
// load. None of their types appears here.
#pragma once

#include <memory>
#include <string>

#include "media/images/format.h"
#include "media/images/image.h"
#include "media/video/video.h"

namespace sinew::media {

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
  // Writes to `path` at once; the caller renames.
  virtual Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path,
                                                           const VideoFormat& format) const = 0;
};

// The module's one exported function, "SinewMediaBackend": null for a program of another version.
using BackendFunction = const Backend* (*)(const char* version);

// Loads the module on the first call (module.h). Thread-safe.
Result<const Backend*> LoadBackend();

}  // namespace sinew::media
