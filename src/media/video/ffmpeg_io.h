// Files and pipes for FFmpeg that sinew opened itself: what is read or written, and every error, is known here.
//
// FFmpeg's own "file:" protocol would wait for ever in open() of a pipe, take the beginning of a name such as
// "12:30.mp4" for a protocol, and tell many muxers' callers nothing of a full disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

#include "media/byte_source.h"
#include "media/stop.h"
#include "sinew/status.h"

struct AVIOContext;

namespace sinew::media {

// Bytes behind an AVIOContext. It must outlive the container that uses the context. One thread at a time.
class FfmpegIo {
 public:
  // A regular file to read. Errors name it: kNotFound, kIo, kInvalidArgument (a folder, a pipe, a device). Reading ends
  // with AVERROR_EXIT once `stop` is true.
  static Result<std::unique_ptr<FfmpegIo>> Open(const std::filesystem::path& path, StopCheck stop);
  // A file that is open already and stays the caller's: read from its beginning, or written.
  static Result<std::unique_ptr<FfmpegIo>> Read(int fd);
  static Result<std::unique_ptr<FfmpegIo>> Write(int fd);
  // Bytes of a source, which is asked to seek where it can.
  static Result<std::unique_ptr<FfmpegIo>> Stream(std::unique_ptr<ByteSource> source);
  ~FfmpegIo();
  FfmpegIo(const FfmpegIo&) = delete;
  FfmpegIo& operator=(const FfmpegIo&) = delete;

  AVIOContext* context() const { return context_; }
  // Of the first read, write or seek that failed: its reason, which FFmpeg often makes an early end.
  const Status& status() const { return status_; }

 private:
  FfmpegIo(int fd, bool owns, StopCheck stop, std::unique_ptr<ByteSource> source)
      : fd_(fd), owns_(owns), stop_(std::move(stop)), source_(std::move(source)) {}
  Status Allocate(bool writes);
  static int ReadBytes(void* self, uint8_t* buffer, int size);
  static int WriteBytes(void* self, uint8_t* buffer, int size);
  static int64_t Seek(void* self, int64_t offset, int whence);
  int ReadSource(uint8_t* buffer, int size);
  int64_t SizeBytes() const;  // or an error of FFmpeg's
  int Failed(int error);

  const int fd_;
  const bool owns_;
  const StopCheck stop_;
  const std::unique_ptr<ByteSource> source_;  // in place of fd_
  AVIOContext* context_ = nullptr;
  int64_t position_ = 0;
  Status status_;
};

}  // namespace sinew::media
