// Positioned reads and writes on a descriptor, and reads from a source, as FFmpeg's callbacks.
#include "media/video/ffmpeg_io.h"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace sinew::media {
namespace {

// What FFmpeg asks for at a time: large enough that system calls do not count, small beside any video.
constexpr int kBufferBytes = 1 << 17;

}  // namespace

Status FfmpegIo::Allocate(bool writes) {
  auto* const buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return TooLarge("out of memory for a file's buffer");
  context_ = avio_alloc_context(buffer, kBufferBytes, writes ? 1 : 0, this, ReadBytes, writes ? WriteBytes : nullptr,
                                source_ && !source_->size_bytes() ? nullptr : Seek);
  if (context_ != nullptr) return Status();
  av_free(buffer);
  return TooLarge("out of memory for a file's buffer");
}

Result<std::unique_ptr<FfmpegIo>> FfmpegIo::Open(const std::filesystem::path& path, StopCheck stop) {
  // Not blocking, for a pipe without a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    if (errno == ENOENT) return NotFound("{}: no such file", path.string());
    return IoError("{}: cannot be opened: {}", path.string(), std::strerror(errno));
  }
  std::unique_ptr<FfmpegIo> file(new FfmpegIo(fd, /*owns=*/true, std::move(stop), nullptr));
  struct stat info;
  if (::fstat(fd, &info) != 0) return IoError("{}: cannot be read: {}", path.string(), std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return InvalidArgument("{}: is a folder, not a video", path.string());
  if (!S_ISREG(info.st_mode)) return InvalidArgument("{}: is a pipe or a device, not a file", path.string());
  SINEW_RETURN_IF_ERROR(file->Allocate(/*writes=*/false));
  return file;
}

Result<std::unique_ptr<FfmpegIo>> FfmpegIo::Read(int fd) {
  std::unique_ptr<FfmpegIo> file(new FfmpegIo(fd, /*owns=*/false, {}, nullptr));
  SINEW_RETURN_IF_ERROR(file->Allocate(/*writes=*/false));
  return file;
}

Result<std::unique_ptr<FfmpegIo>> FfmpegIo::Write(int fd) {
  std::unique_ptr<FfmpegIo> file(new FfmpegIo(fd, /*owns=*/false, {}, nullptr));
  SINEW_RETURN_IF_ERROR(file->Allocate(/*writes=*/true));
  return file;
}

Result<std::unique_ptr<FfmpegIo>> FfmpegIo::Stream(std::unique_ptr<ByteSource> source) {
  std::unique_ptr<FfmpegIo> stream(new FfmpegIo(-1, /*owns=*/false, {}, std::move(source)));
  SINEW_RETURN_IF_ERROR(stream->Allocate(/*writes=*/false));
  return stream;
}

FfmpegIo::~FfmpegIo() {
  if (context_ != nullptr) av_freep(&context_->buffer);
  avio_context_free(&context_);
  if (owns_) ::close(fd_);
}

int FfmpegIo::Failed(int error) {
  if (status_.ok()) status_ = IoError("{}", std::strerror(error));
  return AVERROR(error);
}

int FfmpegIo::ReadSource(uint8_t* buffer, int size) {
  const Result<size_t> got = source_->Read({buffer, static_cast<size_t>(size)});
  if (got.ok()) position_ += static_cast<int64_t>(*got);
  if (got.ok()) return *got == 0 ? AVERROR_EOF : static_cast<int>(*got);
  if (status_.ok()) status_ = got.status();
  return got.status().code() == StatusCode::kCancelled ? AVERROR_EXIT : AVERROR(EIO);
}

int FfmpegIo::ReadBytes(void* self, uint8_t* buffer, int size) {
  auto& file = *static_cast<FfmpegIo*>(self);
  if (file.source_) return file.ReadSource(buffer, size);
  if (IsStopped(file.stop_)) return AVERROR_EXIT;
  ssize_t got;
  do {
    got = ::pread(file.fd_, buffer, static_cast<size_t>(size), file.position_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return file.Failed(errno);
  file.position_ += got;
  return got == 0 ? AVERROR_EOF : static_cast<int>(got);
}

int FfmpegIo::WriteBytes(void* self, uint8_t* buffer, int size) {
  auto& file = *static_cast<FfmpegIo*>(self);
  for (int written = 0; written < size;) {
    const ssize_t count = ::pwrite(file.fd_, buffer + written, static_cast<size_t>(size - written), file.position_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file.Failed(errno);
    if (count == 0) return file.Failed(ENOSPC);
    written += static_cast<int>(count);
    file.position_ += count;
  }
  return size;
}

int64_t FfmpegIo::SizeBytes() const {
  if (source_) return static_cast<int64_t>(source_->size_bytes().value_or(0));
  struct stat info;
  return ::fstat(fd_, &info) == 0 ? info.st_size : AVERROR(errno);
}

int64_t FfmpegIo::Seek(void* self, int64_t offset, int whence) {
  auto& file = *static_cast<FfmpegIo*>(self);
  const int64_t size = file.SizeBytes();
  if (size < 0) return file.Failed(AVUNERROR(static_cast<int>(size)));
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += file.position_;
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  if (file.source_) file.source_->Seek(static_cast<uint64_t>(offset));
  return file.position_ = offset;
}

}  // namespace sinew::media
