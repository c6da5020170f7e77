// POSIX implementation of file.h.
#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace sinew {
namespace {

Status ErrnoError(const std::filesystem::path& path, std::string_view action) {
  const int error = errno;
  const StatusCode code = error == ENOENT ? StatusCode::kNotFound : StatusCode::kIo;
  return Status(code, fmt::format("{}: cannot {}: {}", path.string(), action, std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status ReadUpTo(const std::filesystem::path& path, uint64_t limit, bool limit_is_error, std::string* out) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
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

Status CheckReplaceable(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status))
    return InvalidArgument("{}: is a folder, cannot write a file there", path.string());
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return InvalidArgument("{}: is a device or a pipe, only a regular file can be written whole", path.string());
  }
  return Status();
}

Status WriteToDescriptor(int fd, const std::filesystem::path& name, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return ErrnoError(name, "write");
    text.remove_prefix(static_cast<size_t>(put));
  }
  return Status();
}

Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  std::string content;
  SINEW_RETURN_IF_ERROR(ReadUpTo(path, max_bytes, /*limit_is_error=*/true, &content));
  return content;
}

Result<std::string> ReadFilePrefix(const std::filesystem::path& path, size_t count) {
  std::string content;
  SINEW_RETURN_IF_ERROR(ReadUpTo(path, count, /*limit_is_error=*/false, &content));
  return content;
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open");
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(path, "examine");
  if (!S_ISREG(info.st_mode)) return InvalidArgument("{}: is not a regular file", path.string());
  MappedFile file;
  file.size_ = static_cast<size_t>(info.st_size);
  if (file.size_ == 0) return file;
  void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return ErrnoError(path, "map");
  // What is read through such a mapping for the first time comes in huge pages where the file system has them: a large
  // model's weights take a thousand entries of the translation caches' then, not a hundred thousand. A wish: it may be
  // refused.
  ::madvise(data, file.size_, MADV_HUGEPAGE);
  file.data_ = static_cast<const std::byte*>(data);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

Result<AtomicFile> AtomicFile::Create(const std::filesystem::path& path) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  AtomicFile file;
  file.path_ = path;
  std::string name = path.string() + ".tmp-XXXXXX";
  file.fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file.fd_ < 0) return ErrnoError(path, "create");
  file.temporary_ = name;
  // mkostemp makes files that only their owner can read; give them the permissions any new file would have.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(file.fd_, 0666 & ~mask) != 0) return ErrnoError(path, "set the permissions of");
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      written_bytes_(other.written_bytes_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(fd_, other.fd_);
  std::swap(written_bytes_, other.written_bytes_);
  return *this;
}

AtomicFile::~AtomicFile() { Abandon(); }

void AtomicFile::Abandon() {
  if (fd_ < 0) return;
  ::close(std::exchange(fd_, -1));
  ::unlink(temporary_.c_str());
}

Status AtomicFile::Write(const void* data, size_t size_bytes) {
  SINEW_RETURN_IF_ERROR(WriteToDescriptor(fd_, path_, {static_cast<const char*>(data), size_bytes}));
  written_bytes_ += size_bytes;
  return Status();
}

Status AtomicFile::Commit() {
  if (::close(std::exchange(fd_, -1)) != 0) {
    const Status status = ErrnoError(path_, "close");
    ::unlink(temporary_.c_str());
    return status;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const Status status = ErrnoError(path_, "rename a finished file to");
    ::unlink(temporary_.c_str());
    return status;
  }
  return Status();
}

Result<AppendFile> AppendFile::Open(const std::filesystem::path& path) {
  AppendFile file;
  file.path_ = path;
  // O_NONBLOCK: opening a pipe must not wait for its reader.
  file.fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
  if (file.fd_ < 0) return ErrnoError(path, "open");
  struct stat info, named;
  if (::fstat(file.fd_, &info) != 0) return ErrnoError(path, "examine");
  if (!S_ISREG(info.st_mode)) return InvalidArgument("{}: is not a regular file", path.string());
  const bool locked = ::flock(file.fd_, LOCK_EX | LOCK_NB) == 0;
  // Another process may have finished the file, and so renamed it, since it was opened here.
  if (!locked || ::stat(path.c_str(), &named) != 0 || named.st_ino != info.st_ino) {
    return Unavailable("{}: another process is writing it; wait for it, or choose another name", path.string());
  }
  return file;
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status AppendFile::Truncate(uint64_t size_bytes) {
  if (::ftruncate(fd_, static_cast<off_t>(size_bytes)) != 0) return ErrnoError(path_, "truncate");
  return Status();
}

Status AppendFile::Append(std::string_view text) { return WriteToDescriptor(fd_, path_, text); }

Status AppendFile::FinishAs(const std::filesystem::path& path) {
  SINEW_RETURN_IF_ERROR(CheckReplaceable(path));
  // Renamed while still locked: nobody else may take it for a file of their own in between.
  if (::rename(path_.c_str(), path.c_str()) != 0) return ErrnoError(path, "rename a finished file to");
  if (::close(std::exchange(fd_, -1)) != 0) return ErrnoError(path, "close");
  return Status();
}

Status WriteFile(const std::filesystem::path& path, std::string_view content) {
  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  SINEW_RETURN_IF_ERROR(file.Write(content));
  return file.Commit();
}

Status MakeFolder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (std::filesystem::is_directory(path)) return Status();
  if (std::filesystem::exists(path)) return InvalidArgument("{}: is a file, a folder is needed", path.string());
  return IoError("{}: cannot create the folder: {}", path.string(), error.message());
}

}  // namespace sinew
