// Write, sync, rename, sync the folder.
#include "base/atomic_file.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/remote.h"
#include "base/temporary.h"

namespace sinew {

Status CheckReplaceable(const std::filesystem::path& path) {
  if (IsRemote(path)) {
    if (!path.native().starts_with("s3://")) {
      return InvalidArgument("{}: nothing can be written there: write to a file, or to s3://bucket/key", path.string());
    }
    const std::string_view key = std::string_view(path.native()).substr(std::string_view("s3://").size());
    const size_t slash = key.find('/');
    if (slash == 0 || slash == std::string_view::npos || key.ends_with('/'))
      return InvalidArgument("{}: names no object: write to s3://bucket/key", path.string());
    return LoadRemote(path).status();
  }
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status))
    return InvalidArgument("{}: is a folder, cannot write a file there", path.string());
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return InvalidArgument("{}: is a device or a pipe, only a regular file can be written whole", path.string());
  }
  return Status();
}

Status PublishFile(int fd, const std::filesystem::path& from, const std::filesystem::path& to,
                   const WriteOptions& options) {
  if (IsRemote(to)) {
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(to));
    SINEW_RETURN_IF_ERROR(remote->Upload(fd, from, to.string()));
    ::unlink(from.c_str());
    return Status();
  }
  const std::filesystem::path& name = options.name.empty() ? to : options.name;
  SINEW_RETURN_IF_ERROR(options.sync ? SyncDescriptor(fd, name) : CheckAsIfClosed(fd, name));
  if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoError(name, "rename a finished file to");
  return options.sync ? SyncFolder(to.parent_path()) : Status();
}

Result<AtomicFile> AtomicFile::Create(const std::filesystem::path& path, const WriteOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  AtomicFile file;
  file.options_ = options;
  if (file.options_.name.empty()) file.options_.name = path;
  SINEW_ASSIGN_OR_RETURN(Temporary temporary, CreateTemporary(path.parent_path(), file.options_.name));
  file.path_ = path;
  file.temporary_ = std::move(temporary.path);
  file.fd_ = Descriptor(temporary.fd);
  return file;
}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(fd_, other.fd_);
  std::swap(written_bytes_, other.written_bytes_);
  std::swap(options_, other.options_);
  return *this;
}

void AtomicFile::Abandon() {
  if (fd_.get() < 0) return;
  ::unlink(temporary_.c_str());
  fd_.Reset();  // after the name is gone: the lock keeps others from removing it
}

Status AtomicFile::Write(const void* data, size_t size_bytes) {
  SINEW_RETURN_IF_ERROR(WriteToDescriptor(fd_.get(), options_.name, {static_cast<const char*>(data), size_bytes}));
  written_bytes_ += size_bytes;
  return Status();
}

Status AtomicFile::Commit() {
  Status status = PublishFile(fd_.get(), temporary_, path_, options_);
  if (!status.ok()) {
    Abandon();  // where the file has its name already, there is no temporary one to remove
    return status;
  }
  return CloseDescriptor(fd_.Release(), options_.name);
}

Status WriteFile(const std::filesystem::path& path, std::string_view content, const WriteOptions& options) {
  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, options));
  SINEW_RETURN_IF_ERROR(file.Write(content));
  return file.Commit();
}

}  // namespace sinew
