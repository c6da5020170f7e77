// Results that grow piece by piece and outlive an interruption: PATH.part until they are whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/atomic_file.h"
#include "base/descriptor.h"
#include "sinew/status.h"

namespace sinew {

// Where the content of `path` is until it is whole.
std::filesystem::path PartPath(std::filesystem::path path);

// What was written before the process is killed stays in PATH.part, while an earlier PATH stays as it is until
// Commit(). PATH.part is opened without following a link; it must be a regular file of this user with no other name,
// and no other process may be writing it. One thread at a time.
class PartFile {
 public:
  // Opens PATH.part, or creates it, with its content as it is: nothing is lost before the first Truncate, Append or
  // Commit. kUnavailable while another process has it open; kInvalidArgument where PATH cannot be replaced
  // (CheckReplaceable) or PATH.part is not what it must be.
  static Result<PartFile> Open(const std::filesystem::path& path, const WriteOptions& options = {});
  PartFile(PartFile&& other) noexcept = default;
  PartFile& operator=(PartFile&& other) noexcept;
  // Without Commit() or Keep(): what was written stays; an empty file that was created here goes.
  ~PartFile() { Close(); }

  // The first piece, or Commit(), replaces the content; until then it stays.
  void StartAnew() { start_at_ = 0; }
  // The same for what lies behind the first `size_bytes`.
  void GoOnFrom(uint64_t size_bytes) { start_at_ = size_bytes; }
  // Drops what lies behind the first `size_bytes` at once; the next piece comes there.
  Status Truncate(uint64_t size_bytes);
  Status Append(std::string_view text);
  // Open for reading and writing, for libraries that write by themselves, until Commit() or Keep().
  int fd() const { return fd_.get(); }
  uint64_t size_bytes() const;

  // The file gets its final name.
  Status Commit();
  // The run ends before the file is whole: it stays PATH.part, and survives a power loss as a committed file does.
  Status Keep();

 private:
  PartFile() = default;
  void Close();

  std::filesystem::path path_, part_;
  Descriptor fd_;
  WriteOptions options_;
  std::optional<uint64_t> start_at_;
};

}  // namespace sinew
