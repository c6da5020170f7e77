// Locked while it is there.
#include "base/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "base/temporary.h"

namespace sinew {

Result<ScratchFile> ScratchFile::CreateBeside(const std::filesystem::path& path) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  SINEW_ASSIGN_OR_RETURN(Temporary temporary, CreateTemporary(path.parent_path(), path));
  return ScratchFile(std::move(temporary.path), temporary.fd);
}

ScratchFile::~ScratchFile() {
  if (fd_.get() >= 0) ::unlink(path_.c_str());
}

Status ScratchFile::Hold() {
  Descriptor fd(OpenRetrying(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path_, "open");
  if (TryLock(fd.get()) == LockOutcome::kBusy) return Unavailable("{}: another process has taken it", path_.string());
  fd_ = std::move(fd);
  return Status();
}

Status ScratchFile::Accept(const std::filesystem::path& path, const WriteOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  SINEW_RETURN_IF_ERROR(PublishFile(fd_.get(), path_, path, options));
  fd_.Reset();
  return Status();
}

}  // namespace sinew
