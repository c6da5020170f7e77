// System calls, with the errors that are none taken care of.
#include "base/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace sinew {
namespace {

template <class Call>
auto Retrying(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// What says that the file system cannot do it, rather than that it failed.
bool IsNotOffered(int error) { return error == EINVAL || error == ENOTSUP || error == ENOSYS || error == EROFS; }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}

int Descriptor::Release() { return std::exchange(fd_, -1); }

void Descriptor::Reset() {
  if (fd_ >= 0) ::close(Release());
}

Status ErrnoError(const std::filesystem::path& path, std::string_view action) {
  const int error = errno;
  const StatusCode code = error == ENOENT ? StatusCode::kNotFound : StatusCode::kIo;
  return Status(code, fmt::format("{}: cannot {}: {}", path.string(), action, std::strerror(error)));
}

int OpenRetrying(const char* path, int flags, unsigned mode) {
  return Retrying([&] { return ::open(path, flags, mode); });
}

Status CloseDescriptor(int fd, const std::filesystem::path& name) {
  if (::close(fd) != 0 && errno != EINTR) return ErrnoError(name, "close");
  return Status();
}

Status CheckAsIfClosed(int fd, const std::filesystem::path& name) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return ErrnoError(name, "duplicate the descriptor of");
  return CloseDescriptor(copy, name);
}

Status WriteToDescriptor(int fd, const std::filesystem::path& name, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = Retrying([&] { return ::write(fd, text.data(), text.size()); });
    if (put < 0) return ErrnoError(name, "write");
    text.remove_prefix(static_cast<size_t>(put));
  }
  return Status();
}

Status TruncateDescriptor(int fd, const std::filesystem::path& name, uint64_t size_bytes) {
  const off_t size = static_cast<off_t>(size_bytes);
  if (Retrying([&] { return ::ftruncate(fd, size); }) != 0) return ErrnoError(name, "truncate");
  return Status();
}

Status SyncDescriptor(int fd, const std::filesystem::path& name) {
  if (Retrying([&] { return ::fsync(fd); }) == 0 || IsNotOffered(errno)) return Status();
  return ErrnoError(name, "write to the disk");
}

Status SyncFolder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder.empty() ? std::filesystem::path(".") : folder;
  const Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A folder that can be written and not read.
  if (fd.get() < 0 && errno == EACCES) return Status();
  if (fd.get() < 0) return ErrnoError(path, "open the folder");
  return SyncDescriptor(fd.get(), path);
}

LockOutcome TryLock(int fd) {
  if (Retrying([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) == 0) return LockOutcome::kLocked;
  return errno == EWOULDBLOCK ? LockOutcome::kBusy : LockOutcome::kUnsupported;
}

}  // namespace sinew
