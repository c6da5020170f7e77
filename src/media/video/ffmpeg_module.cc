// The backend module's entry. See backend.h.
#include <cstring>
#include <utility>

#include "media/backend.h"
#include "media/images/ffmpeg_pictures.h"
#include "media/video/ffmpeg_connection.h"
#include "media/video/ffmpeg_log.h"
#include "media/video/ffmpeg_reader.h"
#include "media/video/ffmpeg_writer.h"
#include "media/video/v4l2_camera.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

class FfmpegModule : public Backend {
 public:
  // What goes wrong is in the Status; FFmpeg writes nothing to the terminal.
  FfmpegModule() { CatchFfmpegLog(); }

  Result<Image> DecodePicture(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                              const ImageLimits& limits) const override {
    return DecodeWithFfmpeg(format, bytes, name, limits);
  }

  Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path,
                                                 const VideoOptions& options) const override {
    return OpenFileWithFfmpeg(path, path.string(), options);
  }

  Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                  const VideoOptions& options) const override {
    return OpenUrlWithFfmpeg(url, name, options);
  }

  Result<std::unique_ptr<ByteSource>> OpenConnection(const std::string& url, std::string_view name,
                                                     const VideoOptions& options) const override {
    return OpenConnectionWithFfmpeg(url, name, options);
  }

  Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                  const VideoOptions& options) const override {
    return OpenV4l2Camera(device, name, options);
  }

  Result<std::unique_ptr<VideoReader>> OpenBytes(std::unique_ptr<ByteSource> source, std::string_view name,
                                                 const VideoOptions& options) const override {
    return OpenBytesWithFfmpeg(std::move(source), name, options);
  }

  Result<std::unique_ptr<VideoEncoder>> EncodeVideo(int fd, const std::filesystem::path& path,
                                                    const VideoFormat& format,
                                                    const std::optional<Sound>& sound) const override {
    return EncodeWithFfmpeg(fd, path, format, sound);
  }

  Result<int64_t> CountFrames(int fd, std::string_view name) const override { return media::CountFrames(fd, name); }
};

}  // namespace
}  // namespace sinew::media

extern "C" const sinew::media::Backend* SinewMediaBackend(const char* version) {
  if (std::strcmp(version, sinew::kVersion) != 0) return nullptr;
  static const sinew::media::FfmpegModule backend;
  return &backend;
}
