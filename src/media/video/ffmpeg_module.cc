// The backend module's entry, and what it still does with OpenCV. See backend.h.
extern "C" {
#include <libavutil/log.h>
}

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/videoio.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "media/backend.h"
#include "media/images/ffmpeg_pictures.h"
#include "media/limits.h"
#include "media/video/ffmpeg_reader.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

// OpenCV throws; nothing may leave the module that way.
template <class Body>
auto Guarded(std::string_view name, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const cv::Exception& error) {
    return Corrupt("{}: {}", name, error.err.empty() ? error.what() : error.err.c_str());
  } catch (const std::exception& error) {
    return Corrupt("{}: {}", name, error.what());
  }
}

void CopyPixels(const cv::Mat& from, Image* to) {
  to->width = from.cols;
  to->height = from.rows;
  const size_t row_bytes = 3 * static_cast<size_t>(from.cols);
  to->pixels.resize(row_bytes * static_cast<size_t>(from.rows));
  for (int y = 0; y < from.rows; ++y)
    std::memcpy(to->pixels.data() + static_cast<size_t>(y) * row_bytes, from.ptr(y), row_bytes);
}

// A Mat over the image's own pixels; OpenCV writes to it only where the image itself may be written.
cv::Mat Wrap(const Image& image) {
  return cv::Mat(image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.pixels.data()));
}

class CameraReader : public VideoReader {
 public:
  CameraReader(cv::VideoCapture capture, std::string_view name, const VideoOptions& options)
      : capture_(std::move(capture)), name_(name), options_(options) {}

  VideoFormat format() const override {
    return {static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_WIDTH)),
            static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_HEIGHT)), capture_.get(cv::CAP_PROP_FPS)};
  }
  int64_t frame_count_estimate() const override { return 0; }
  Result<bool> Next(Image* frame) override {
    SINEW_RETURN_IF_ERROR(Skip().status());
    return Guarded(name_, [&]() -> Result<bool> {
      if (!capture_.retrieve(mat_) || mat_.empty()) return Corrupt("{}: the frame cannot be decoded", name_);
      if (mat_.type() != CV_8UC3) return Unsupported("{}: frames are not 8-bit colour", name_);
      SINEW_RETURN_IF_ERROR(CheckPictureSize(name_, mat_.cols, mat_.rows, options_.limits));
      CopyPixels(mat_, frame);
      return true;
    });
  }
  Result<bool> Skip() override {
    return Guarded(name_, [&]() -> Result<bool> {
      if (IsStopped(options_.stop)) return Cancelled("{}: stopped", name_);
      if (!capture_.grab()) return Unavailable("{}: the camera sends no frames; is it still connected?", name_);
      return true;
    });
  }
  std::optional<double> seconds() const override { return std::nullopt; }

 private:
  cv::VideoCapture capture_;
  std::string name_;
  VideoOptions options_;
  cv::Mat mat_;
};

class FfmpegWriter : public VideoWriter {
 public:
  FfmpegWriter(cv::VideoWriter writer, std::string name, VideoFormat format)
      : writer_(std::move(writer)), name_(std::move(name)), format_(format) {}

  Status Write(const Image& frame) override {
    if (frame.width != format_.width || frame.height != format_.height) {
      return InvalidArgument("{}: a frame of {}x{} in a video of {}x{}", name_, frame.width, frame.height,
                             format_.width, format_.height);
    }
    return Guarded(name_, [&] {
      writer_.write(Wrap(frame));
      return Status();
    });
  }
  Status Finish() override {
    writer_.release();
    return Status();
  }

 private:
  cv::VideoWriter writer_;
  std::string name_;
  VideoFormat format_;
};

class FfmpegModule : public Backend {
 public:
  // What goes wrong is in the Status; neither OpenCV nor FFmpeg writes to the terminal. A level that the user has set
  // stays.
  FfmpegModule() {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);  // AV_LOG_QUIET, for what OpenCV does with FFmpeg
    av_log_set_level(std::atoi(std::getenv("OPENCV_FFMPEG_LOGLEVEL")));
  }

  Result<Image> DecodePicture(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                              const ImageLimits& limits) const override {
    return DecodeWithFfmpeg(format, bytes, name, limits);
  }

  // The path absolute, since FFmpeg takes what stands before a colon in another for a protocol.
  Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path,
                                                 const VideoOptions& options) const override {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    if (error) return IoError("{}: {}", path.string(), error.message());
    return OpenWithFfmpeg(absolute.string(), path.string(), Place::kFile, options);
  }

  Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                  const VideoOptions& options) const override {
    return OpenWithFfmpeg(url, name, Place::kNetwork, options);
  }

  Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                  const VideoOptions& options) const override {
    return Guarded(name, [&]() -> Result<std::unique_ptr<VideoReader>> {
      cv::VideoCapture capture(device, cv::CAP_V4L2);
      if (!capture.isOpened())
        return Unavailable("{}: the camera cannot be opened: is it in use, or closed to this user (group video)?",
                           name);
      return std::unique_ptr<VideoReader>(new CameraReader(std::move(capture), name, options));
    });
  }

  Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path,
                                                   const VideoFormat& format) const override {
    return Guarded(path.string(), [&]() -> Result<std::unique_ptr<VideoWriter>> {
      const double rate =
          format.frames_per_second > 0 && format.frames_per_second < 1000 ? format.frames_per_second : 25;
      for (const int codec :
           {cv::VideoWriter::fourcc('a', 'v', 'c', '1'), cv::VideoWriter::fourcc('m', 'p', '4', 'v')}) {
        cv::VideoWriter writer(path.string(), cv::CAP_FFMPEG, codec, rate, {format.width, format.height});
        if (writer.isOpened())
          return std::unique_ptr<VideoWriter>(new FfmpegWriter(std::move(writer), path.string(), format));
      }
      return IoError("no video of {}x{} can be written there: check the folder and the extension", format.width,
                     format.height);
    });
  }
};

}  // namespace
}  // namespace sinew::media

extern "C" const sinew::media::Backend* SinewMediaBackend(const char* version) {
  if (std::strcmp(version, sinew::kVersion) != 0) return nullptr;
  static const sinew::media::FfmpegModule backend;
  return &backend;
}
