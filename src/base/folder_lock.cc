// flock(2) on the folder itself.
#include "base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace sinew {

Result<Descriptor> LockFolder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder.empty() ? std::filesystem::path(".") : folder;
  Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open the folder");
  while (::flock(fd.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return fd;
}

}  // namespace sinew
