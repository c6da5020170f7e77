// Videos by way of the backend, and the temporary name that a rendered video has until it is whole.
#include "media/video/video.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "media/backend.h"

namespace sinew::media {
namespace {

class RenamingWriter : public VideoWriter {
 public:
  RenamingWriter(std::unique_ptr<VideoWriter> writer, std::filesystem::path temporary, std::filesystem::path path)
      : writer_(std::move(writer)), temporary_(std::move(temporary)), path_(std::move(path)) {}
  ~RenamingWriter() override {
    writer_.reset();
    std::error_code error;
    if (!finished_) std::filesystem::remove(temporary_, error);
  }

  Status Write(const Image& frame) override { return writer_->Write(frame); }

  Status Finish() override {
    SINEW_RETURN_IF_ERROR(writer_->Finish());
    std::error_code error;
    std::filesystem::rename(temporary_, path_, error);
    if (error) return IoError("{}: cannot be renamed to {}: {}", temporary_.string(), path_.string(), error.message());
    finished_ = true;
    return Status();
  }

 private:
  std::unique_ptr<VideoWriter> writer_;
  std::filesystem::path temporary_, path_;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path, const VideoOptions& options) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return NotFound("{}: no such file", path.string());
  if (std::filesystem::is_directory(status)) return InvalidArgument("{}: is a folder, not a video", path.string());
  if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(path, error) == 0)
    return Corrupt("{}: the file is empty", path.string());
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->OpenVideo(path, options);
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

Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path, const VideoFormat& format) {
  if (path.extension().empty())
    return InvalidArgument("{}: a video's name needs an extension such as .mp4", path.string());
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  // The extension stays the last: it decides the container.
  std::filesystem::path temporary = path;
  temporary.replace_filename(fmt::format(".{}.{}{}", path.stem().string(), getpid(), path.extension().string()));
  Result<std::unique_ptr<VideoWriter>> writer = backend->CreateVideo(temporary, format);
  if (!writer.ok()) return Prefixed(path.string(), writer.status());
  return std::unique_ptr<VideoWriter>(new RenamingWriter(std::move(*writer), std::move(temporary), path));
}

}  // namespace sinew::media
