// File descriptors: their owner, and system calls that are repeated when a signal interrupts them.
#pragma once

#include <filesystem>
#include <string_view>

#include "sinew/status.h"

namespace sinew {

// Closes the descriptor it holds, if any.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { Reset(); }

  int get() const { return fd_; }
  // The descriptor is the caller's from now on.
  int Release();
  void Reset();

 private:
  int fd_;
};

// kNotFound for ENOENT, else kIo: "PATH: cannot ACTION: what errno says".
Status ErrnoError(const std::filesystem::path& path, std::string_view action);

int OpenRetrying(const char* path, int flags, unsigned mode = 0);

// Closes `fd`; an interruption is none: Linux has closed it by then (close(2)).
Status CloseDescriptor(int fd, const std::filesystem::path& name);
// Whether what was written to `fd` was accepted, as closing it would tell (a network file system writes only then),
// while the descriptor, and so its lock, stays.
Status CheckAsIfClosed(int fd, const std::filesystem::path& name);

// Writes all of `text`; `name` stands in messages.
Status WriteToDescriptor(int fd, const std::filesystem::path& name, std::string_view text);
Status TruncateDescriptor(int fd, const std::filesystem::path& name, uint64_t size_bytes);

// Has the content of a file, or the entries of a folder, reach the disk. Where the file system offers no such thing, it
// is not asked for.
Status SyncDescriptor(int fd, const std::filesystem::path& name);
Status SyncFolder(const std::filesystem::path& folder);

// An exclusive lock (flock(2)) on an open file: it lasts until the last descriptor of this opening is closed.
enum class LockOutcome { kLocked, kBusy, kUnsupported };
LockOutcome TryLock(int fd);

}  // namespace sinew
