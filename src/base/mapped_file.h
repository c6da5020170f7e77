// Read-only mappings of files, and what is known of them when one of their pages cannot be read.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/descriptor.h"
#include "sinew/status.h"

namespace sinew {

// A read-only, shared mapping of a whole regular file. Movable; unmapped on destruction. Reading bytes() after another
// process has shortened the file, or where the disk fails, raises SIGBUS: a program that wants to tell this installs a
// handler that asks MappedFileAt. A file that is replaced by renaming another one over it stays as it was.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // kCorrupt where the file was written to since it was opened: what was computed from bytes() meanwhile may be wrong.
  // A system call; thread-safe.
  Status CheckUnchanged() const;

 private:
  std::filesystem::path path_;
  Descriptor fd_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  struct timespec modified_ = {};
};

// The path of the mapped file that `address` lies in, or nullptr. Async-signal-safe; what it returns lives until the
// mapping ends. Beyond a thousand mappings at a time, some are not known.
const char* MappedFileAt(const void* address) noexcept;

}  // namespace sinew
