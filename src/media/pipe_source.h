// A pipe, or anything else that may keep one waiting, as a source of bytes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "media/byte_source.h"
#include "media/stop.h"

namespace sinew::media {

class PipeSource : public ByteSource {
 public:
  // Reads from `fd`, which stays the caller's. `name` stands in messages.
  PipeSource(int fd, std::string name, StopCheck stop) : fd_(fd), name_(std::move(name)), stop_(std::move(stop)) {}
  // Opens a named pipe, without waiting for somebody to write into it: Read does that.
  static Result<std::unique_ptr<PipeSource>> Open(const std::filesystem::path& path, StopCheck stop);

  Result<size_t> Read(std::span<uint8_t> into) override;

 private:
  int fd_;
  Descriptor owned_;
  std::string name_;
  StopCheck stop_;
};

// Everything up to the end of `source`; kTooLarge beyond `max_bytes`, where `name` stands in the message. `head` are
// the bytes that were taken out of it already.
Result<std::string> ReadToEnd(ByteSource& source, std::string head, uint64_t max_bytes, std::string_view name);

}  // namespace sinew::media
