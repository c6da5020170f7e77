// Videos by way of the backend, and the name that a rendered video has until it is whole.
#include "media/video/video.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/part_file.h"
#include "base/remote.h"
#include "media/backend.h"
#include "media/remote_source.h"

namespace sinew::media {
namespace {

constexpr std::string_view kWrittenSuffixes[] = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".ts", ".avi", ".y4m"};

class PartVideo : public VideoWriter {
 public:
  PartVideo(std::filesystem::path path, PartFile file, std::unique_ptr<VideoEncoder> encoder, const Backend* backend)
      : path_(std::move(path)), file_(std::move(file)), encoder_(std::move(encoder)), backend_(backend) {}

  Status Write(const Image& frame, double seconds) override { return encoder_->Write(frame, seconds); }

  Status Finish(double end_seconds, bool complete) override {
    SINEW_RETURN_IF_ERROR(encoder_->Finish(end_seconds));
    if (!complete) return file_.Keep();
    SINEW_RETURN_IF_ERROR(Verify());
    return file_.Commit();
  }

  std::string remark() const override { return encoder_->remark(); }

 private:
  Status Verify() const {
    const Result<int64_t> frames = backend_->CountFrames(file_.fd(), path_.string());
    if (!frames.ok()) return IoError("the video that was written cannot be read back: {}", frames.status().message());
    if (*frames == encoder_->frames()) return Status();
    return IoError("{}: {} frames were written, but {} can be read back", path_.string(), encoder_->frames(), *frames);
  }

  const std::filesystem::path path_;
  PartFile file_;  // before encoder_, which writes to it
  std::unique_ptr<VideoEncoder> encoder_;
  const Backend* const backend_;
};

Result<std::unique_ptr<VideoReader>> OpenFile(const std::filesystem::path& path, const VideoOptions& options) {
  if (IsRemote(path)) {
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenRemoteSource(path.string(), options.stop));
    return OpenVideoBytes(std::move(source), path.string(), options);
  }
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return NotFound("{}: no such file", path.string());
  if (std::filesystem::is_directory(status)) return InvalidArgument("{}: is a folder, not a video", path.string());
  if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(path, error) == 0)
    return Corrupt("{}: the file is empty", path.string());
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->OpenVideo(path, options);
}

}  // namespace

Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path, const VideoOptions& options) {
  if (options.part.first_byte == 0) return OpenFile(path, options);
  VideoOptions of_part = options, of_beginning = options;
  of_beginning.part = {};
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<VideoReader> beginning, OpenFile(path, of_beginning));
  const Result<bool> first = beginning->Skip();
  if (!first.ok() && first.status().code() != StatusCode::kCorrupt) return first.status();
  of_part.part.first_seconds = beginning->seconds().value_or(0);
  return OpenFile(path, of_part);
}

Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                const VideoOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->OpenStream(url, name, options);
}

Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                const VideoOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->OpenCamera(device, name, options);
}

Result<std::unique_ptr<VideoReader>> OpenVideoBytes(std::unique_ptr<ByteSource> source, std::string_view name,
                                                    const VideoOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->OpenBytes(std::move(source), name, options);
}

Status CheckVideoName(const std::filesystem::path& path) {
  const std::string suffix = LowerExtension(path);
  if (std::find(std::begin(kWrittenSuffixes), std::end(kWrittenSuffixes), suffix) != std::end(kWrittenSuffixes))
    return Status();
  return InvalidArgument("{}: a video's name needs a suffix that tells its format: {}", path.string(),
                         fmt::join(kWrittenSuffixes, " "));
}

Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path, const VideoFormat& format,
                                                 const std::optional<Sound>& sound, const WriteOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckVideoName(path));
  if (format.width < 1 || format.height < 1)
    return InvalidArgument("{}: a video of {}x{}", path.string(), format.width, format.height);
  VideoFormat usable = format;
  if (!(usable.frames_per_second > 0 && usable.frames_per_second < 1000)) usable.frames_per_second = 25;
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  SINEW_ASSIGN_OR_RETURN(PartFile file, PartFile::Open(path, options));
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<VideoEncoder> encoder, backend->EncodeVideo(file.fd(), path, usable, sound));
  return std::unique_ptr<VideoWriter>(new PartVideo(path, std::move(file), std::move(encoder), backend));
}

}  // namespace sinew::media
