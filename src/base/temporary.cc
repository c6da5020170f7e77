// Random names, and locks that tell the living from the dead.
#include "base/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"

namespace sinew {
namespace {

constexpr std::string_view kPrefix = ".sinew-", kSuffix = ".tmp";
constexpr size_t kDigits = 16;
// Another process may take a new file for a stale one before it is locked, and remove it. That this happens twice is
// next to impossible.
constexpr int kAttempts = 10;

std::filesystem::path Or(const std::filesystem::path& folder, const char* otherwise) {
  return folder.empty() ? std::filesystem::path(otherwise) : folder;
}

Result<std::string> RandomName() {
  uint64_t number = 0;
  // Never short and never interrupted up to 256 bytes (getrandom(2)).
  if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) return IoError("the system has no random numbers");
  return fmt::format("{}{:0{}x}{}", kPrefix, number, kDigits, kSuffix);
}

bool IsOurName(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + kSuffix.size() || !name.starts_with(kPrefix) ||
      !name.ends_with(kSuffix)) {
    return false;
  }
  return name.substr(kPrefix.size(), kDigits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<Temporary> CreateTemporary(const std::filesystem::path& folder, const std::filesystem::path& name) {
  if (IsRemote(folder)) {
    SINEW_RETURN_IF_ERROR(MakeFolder(SpoolFolder()));
    return CreateTemporary(SpoolFolder(), name);
  }
  RemoveStaleTemporariesOnce(folder);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    SINEW_ASSIGN_OR_RETURN(const std::string random, RandomName());
    const std::filesystem::path path = folder / random;
    Descriptor fd(OpenRetrying(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (fd.get() < 0 && errno == EEXIST) continue;
    if (fd.get() < 0) return ErrnoError(name, "create");
    const LockOutcome lock = TryLock(fd.get());
    struct stat info;
    if (::fstat(fd.get(), &info) != 0) return ErrnoError(name, "examine");
    // Taken for a stale one: it is gone already, or will be in a moment.
    if (lock == LockOutcome::kBusy || info.st_nlink == 0) continue;
    return Temporary{fd.Release(), path};
  }
  return IoError("{}: cannot create a temporary file beside it", name.string());
}

int RemoveStaleTemporaries(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(Or(folder, ".").c_str()), ::closedir);
  if (entries == nullptr) return 0;
  const int folder_fd = ::dirfd(entries.get());
  int removed = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (!IsOurName(entry->d_name)) continue;
    const Descriptor fd(::openat(folder_fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info;
    if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid()) continue;
    if (TryLock(fd.get()) != LockOutcome::kLocked) continue;
    if (::unlinkat(folder_fd, entry->d_name, 0) == 0) ++removed;
  }
  return removed;
}

void RemoveStaleTemporariesOnce(const std::filesystem::path& folder) {
  static std::mutex mutex;
  static std::set<std::pair<dev_t, ino_t>> done;
  struct stat info;
  if (::stat(Or(folder, ".").c_str(), &info) != 0) return;
  {
    const std::scoped_lock lock(mutex);
    if (!done.insert({info.st_dev, info.st_ino}).second) return;
  }
  RemoveStaleTemporaries(folder);
}

}  // namespace sinew
