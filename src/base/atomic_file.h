// Files that appear under their name when they are whole, and replace an earlier one only then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "sinew/status.h"

namespace sinew {

struct WriteOptions {
  // A file that was committed survives a power loss: its content and its name have reached the disk. Without, bulk work
  // is faster, and a file may come back empty or not at all after one; never after the end of a process alone.
  bool sync = true;
  // What messages call the file, where it is to get its final name later. Empty: its path.
  std::filesystem::path name;
};

// A file written under a random name beside `path` (temporary.h) and renamed to it by Commit(). Destroyed without
// Commit(), it leaves nothing behind; after a kill, the next process that writes to the folder removes what was left.
// kInvalidArgument for a path that names something else than a regular file (a folder, a device, a pipe): renaming
// would replace it. A symbolic link is replaced, and the file that it names left alone.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::filesystem::path& path, const WriteOptions& options = {});
  AtomicFile(AtomicFile&& other) noexcept = default;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile() { Abandon(); }

  Status Write(const void* data, size_t size_bytes);
  Status Write(std::string_view text) { return Write(text.data(), text.size()); }
  uint64_t written_bytes() const { return written_bytes_; }
  // Open for reading and writing, until Commit(): for libraries that write by themselves.
  int fd() const { return fd_.get(); }
  // After an error there is no file, or the whole one.
  Status Commit();

 private:
  AtomicFile() = default;
  void Abandon();

  std::filesystem::path path_, temporary_;
  Descriptor fd_;
  uint64_t written_bytes_ = 0;
  WriteOptions options_;  // whose name is set
};

// Whether a finished file may get the name `path`: the condition of AtomicFile.
Status CheckReplaceable(const std::filesystem::path& path);

// AtomicFile in one call.
Status WriteFile(const std::filesystem::path& path, std::string_view content, const WriteOptions& options = {});

// The common end of files that have another name until they are whole: what was written to `fd` reaches the disk, and
// then `from` becomes `to`, which survives a power loss as well. Without `options.sync`, only errors are looked for.
Status PublishFile(int fd, const std::filesystem::path& from, const std::filesystem::path& to,
                   const WriteOptions& options);

}  // namespace sinew
