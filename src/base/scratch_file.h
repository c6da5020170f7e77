// A file that others write and read by its path, until it is accepted as a result or goes.
#pragma once

#include <filesystem>

#include "base/atomic_file.h"
#include "base/descriptor.h"
#include "sinew/status.h"

namespace sinew {

// Lies under a random name (temporary.h) in the folder of `path`. Destroyed without Accept, it is removed; after a
// kill, the next process that writes to the folder does it.
class ScratchFile {
 public:
  static Result<ScratchFile> CreateBeside(const std::filesystem::path& path);
  ScratchFile(ScratchFile&&) noexcept = default;
  ~ScratchFile();

  const std::filesystem::path& path() const { return path_; }
  // To be called after somebody has put another file in its place, as AtomicFile does: it is locked again, so that no
  // other process takes it for a stale one.
  Status Hold();
  // Gives it its final name, under the conditions of AtomicFile.
  Status Accept(const std::filesystem::path& path, const WriteOptions& options = {});

 private:
  ScratchFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::filesystem::path path_;
  Descriptor fd_;
};

}  // namespace sinew
