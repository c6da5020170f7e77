// Files: whole reads, read-only mappings, and writes that appear under their name only when whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew {

// The whole file. Fails when it is missing, unreadable, a folder, or longer than `max_bytes`.
Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes = UINT64_MAX);

// The first `count` bytes (fewer when the file is shorter).
Result<std::string> ReadFilePrefix(const std::filesystem::path& path, size_t count);

// A read-only, shared mapping of a whole regular file. Movable; unmapped on destruction.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// A file written under a temporary name beside `path` and renamed to it by Commit(). Destroyed without Commit(), it
// leaves nothing behind. kInvalidArgument for a path that names something else than a regular file (a folder, a device,
// a pipe): renaming would replace it.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::filesystem::path& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  Status Write(const void* data, size_t size_bytes);
  Status Write(std::string_view text) { return Write(text.data(), text.size()); }
  uint64_t written_bytes() const { return written_bytes_; }
  Status Commit();

 private:
  AtomicFile() = default;
  void Abandon();
  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  uint64_t written_bytes_ = 0;
};

// A file that grows piece by piece, for results that must outlive an interruption: what was appended before the process
// is killed stays. Several processes cannot append to the same file.
class AppendFile {
 public:
  // Opens `path`, or creates it, with its content as it is. kUnavailable while another process has it open.
  static Result<AppendFile> Open(const std::filesystem::path& path);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  // Drops what lies behind the first `size_bytes`.
  Status Truncate(uint64_t size_bytes);
  Status Append(std::string_view text);
  // Closes the file and gives it its final name, under the condition of AtomicFile.
  Status FinishAs(const std::filesystem::path& path);

 private:
  AppendFile() = default;
  std::filesystem::path path_;
  int fd_ = -1;
};

// Writes all of `text` to an open file; `name` stands in messages.
Status WriteToDescriptor(int fd, const std::filesystem::path& name, std::string_view text);

// Whether a finished file may get the name `path`: the condition of AtomicFile.
Status CheckReplaceable(const std::filesystem::path& path);

// AtomicFile in one call.
Status WriteFile(const std::filesystem::path& path, std::string_view content);

// Creates a folder and its parents; a file in its place is an error that names it.
Status MakeFolder(const std::filesystem::path& path);

}  // namespace sinew
