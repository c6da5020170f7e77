// POSIX implementation of file.h.
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/remote.h"

namespace sinew {
namespace {

Status ReadUpTo(const std::filesystem::path& path, uint64_t limit, bool limit_is_error, std::string* out) {
  const Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open");
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(path, "examine");
  if (S_ISDIR(info.st_mode)) return InvalidArgument("{}: is a folder, a file is needed", path.string());
  if (S_ISREG(info.st_mode)) {
    const uint64_t size = static_cast<uint64_t>(info.st_size);
    if (limit_is_error && size > limit) {
      return TooLarge("{}: has {} bytes, the limit is {}", path.string(), size, limit);
    }
    out->reserve(std::min(size, limit));
  }
  // Read until the end rather than for the stated size: pipes and /proc files state none.
  constexpr size_t kChunkBytes = 1 << 20;
  while (out->size() < limit || limit_is_error) {
    const size_t have = out->size();
    out->resize(have + kChunkBytes);
    const ssize_t got = ::read(fd.get(), out->data() + have, kChunkBytes);
    if (got < 0 && errno == EINTR) {
      out->resize(have);
      continue;
    }
    if (got < 0) return ErrnoError(path, "read");
    out->resize(have + static_cast<size_t>(got));
    if (got == 0) break;
    if (limit_is_error && out->size() > limit)
      return TooLarge("{}: longer than the limit of {} bytes", path.string(), limit);
  }
  if (out->size() > limit) out->resize(limit);
  return Status();
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  if (IsRemote(path)) {
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(path));
    return remote->Read(path.string(), max_bytes, {});
  }
  std::string content;
  SINEW_RETURN_IF_ERROR(ReadUpTo(path, max_bytes, /*limit_is_error=*/true, &content));
  return content;
}

Result<std::string> ReadFilePrefix(const std::filesystem::path& path, size_t count) {
  if (IsRemote(path)) {
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(path));
    return remote->ReadPrefix(path.string(), count);
  }
  std::string content;
  SINEW_RETURN_IF_ERROR(ReadUpTo(path, count, /*limit_is_error=*/false, &content));
  return content;
}

bool IsThere(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Status MakeFolder(const std::filesystem::path& path) {
  // Stores have no folders: whether one may be written to shows when a file in it is.
  if (IsRemote(path)) return CheckReplaceable(path / "file");
  std::error_code error;
  std::filesystem::create_directories(path, error);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Status();
  if (IsThere(path)) return InvalidArgument("{}: is a file, a folder is needed", path.string());
  return IoError("{}: cannot create the folder: {}", path.string(), error.message());
}

}  // namespace sinew
