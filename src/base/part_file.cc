// The checks on opening, and the two ends.
#include "base/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"
#include "base/temporary.h"

namespace sinew {
namespace {

Status CheckOwn(const std::filesystem::path& part, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return InvalidArgument("{}: is not a regular file", part.string());
  if (info.st_uid != ::geteuid())
    return InvalidArgument("{}: belongs to another user; remove it, or choose another name", part.string());
  // Whoever may create files in the folder could have made it a name of any file on this file system.
  if (info.st_nlink > 1)
    return InvalidArgument("{}: is a file with other names as well; remove it, or choose another name", part.string());
  return Status();
}

}  // namespace

std::filesystem::path PartPath(std::filesystem::path path) {
  if (IsRemote(path)) path = SpoolPath(path);
  return path += ".part";
}

Result<PartFile> PartFile::Open(const std::filesystem::path& path, const WriteOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  PartFile file;
  file.path_ = path;
  file.part_ = PartPath(path);
  if (IsRemote(path)) SINEW_RETURN_IF_ERROR(MakeFolder(file.part_.parent_path()));
  RemoveStaleTemporariesOnce(file.part_.parent_path());
  file.options_ = options;
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  Descriptor fd(OpenRetrying(file.part_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
  if (fd.get() < 0 && errno == ELOOP)
    return InvalidArgument("{}: is a symbolic link, which is not followed; remove it", file.part_.string());
  if (fd.get() < 0 && errno == EISDIR) return InvalidArgument("{}: is a folder; remove it", file.part_.string());
  if (fd.get() < 0) return ErrnoError(file.part_, "open");
  struct stat info, named;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(file.part_, "examine");
  SINEW_RETURN_IF_ERROR(CheckOwn(file.part_, info));
  const bool busy = TryLock(fd.get()) == LockOutcome::kBusy;
  // Another process may have finished the file, and so renamed it, since it was opened here.
  if (busy || ::lstat(file.part_.c_str(), &named) != 0 || named.st_ino != info.st_ino || named.st_dev != info.st_dev) {
    return Unavailable("{}: another process is writing it; wait for it, or choose another name", file.part_.string());
  }
  if (::lseek(fd.get(), 0, SEEK_END) < 0) return ErrnoError(file.part_, "examine");
  file.fd_ = std::move(fd);
  return file;
}

PartFile& PartFile::operator=(PartFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(part_, other.part_);
  std::swap(fd_, other.fd_);
  std::swap(options_, other.options_);
  std::swap(start_at_, other.start_at_);
  return *this;
}

void PartFile::Close() {
  if (fd_.get() < 0) return;
  if (size_bytes() == 0) ::unlink(part_.c_str());  // still locked: it is this one
  fd_.Reset();
}

uint64_t PartFile::size_bytes() const {
  struct stat info;
  return ::fstat(fd_.get(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

Status PartFile::Truncate(uint64_t size_bytes) {
  start_at_.reset();
  SINEW_RETURN_IF_ERROR(TruncateDescriptor(fd_.get(), part_, size_bytes));
  if (::lseek(fd_.get(), static_cast<off_t>(size_bytes), SEEK_SET) < 0) return ErrnoError(part_, "write");
  return Status();
}

Status PartFile::Append(std::string_view text) {
  if (start_at_) SINEW_RETURN_IF_ERROR(Truncate(*start_at_));
  return WriteToDescriptor(fd_.get(), part_, text);
}

Status PartFile::Commit() {
  if (start_at_) SINEW_RETURN_IF_ERROR(Truncate(*start_at_));
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path_));
  // Renamed while still locked: nobody else may take it for a file of their own in between.
  SINEW_RETURN_IF_ERROR(PublishFile(fd_.get(), part_, path_, options_));
  if (IsRemote(path_)) ::rmdir(part_.parent_path().c_str());  // unless another file is spooled there
  return CloseDescriptor(fd_.Release(), path_);
}

Status PartFile::Keep() {
  if (size_bytes() == 0) {
    Close();
    return Status();
  }
  if (options_.sync) {
    SINEW_RETURN_IF_ERROR(SyncDescriptor(fd_.get(), part_));
    SINEW_RETURN_IF_ERROR(SyncFolder(part_.parent_path()));
  }
  return CloseDescriptor(fd_.Release(), part_);
}

}  // namespace sinew
