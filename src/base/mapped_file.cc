// mmap, and a table of what is mapped that a signal handler can read.
#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/remote.h"

namespace sinew {
namespace {

// One mapping. `end` is set last and cleared first: who sees it sees the others.
struct Slot {
  std::atomic<bool> taken = false;
  std::atomic<uintptr_t> begin = 0, end = 0;
  std::atomic<char*> path = nullptr;
};
static_assert(std::atomic<uintptr_t>::is_always_lock_free && std::atomic<char*>::is_always_lock_free,
              "a signal handler must not lock");

constinit std::array<Slot, 1024> g_slots;

void Register(const std::byte* data, size_t size, const std::filesystem::path& path) {
  for (Slot& slot : g_slots) {
    if (slot.taken.exchange(true)) continue;
    slot.path = ::strdup(path.c_str());
    slot.begin = reinterpret_cast<uintptr_t>(data);
    slot.end = reinterpret_cast<uintptr_t>(data) + size;
    return;
  }
}

void Unregister(const std::byte* data) {
  for (Slot& slot : g_slots) {
    if (slot.begin != reinterpret_cast<uintptr_t>(data) || slot.end == 0) continue;
    slot.end = 0;
    slot.begin = 0;
    std::free(slot.path.exchange(nullptr));
    slot.taken = false;
    return;
  }
}

bool SameTime(const struct timespec& a, const struct timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

const char* MappedFileAt(const void* address) noexcept {
  const uintptr_t wanted = reinterpret_cast<uintptr_t>(address);
  for (const Slot& slot : g_slots) {
    const uintptr_t end = slot.end;
    if (wanted < end && wanted >= slot.begin) return slot.path;
  }
  return nullptr;
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  if (IsRemote(path)) {
    SINEW_ASSIGN_OR_RETURN(const std::filesystem::path copy, LocalCopy(path));
    return Open(copy);
  }
  // O_NONBLOCK: a pipe is refused rather than waited for.
  Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open");
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(path, "examine");
  if (!S_ISREG(info.st_mode)) return InvalidArgument("{}: is not a regular file", path.string());
  MappedFile file;
  file.path_ = path;
  file.size_ = static_cast<size_t>(info.st_size);
  file.modified_ = info.st_mtim;
  if (file.size_ > 0) {
    void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (data == MAP_FAILED) return ErrnoError(path, "map");
    // What is read through such a mapping for the first time comes in huge pages where the file system has them: a
    // large model's weights take a thousand entries of the translation caches' then, not a hundred thousand. A wish: it
    // may be refused.
    ::madvise(data, file.size_, MADV_HUGEPAGE);
    file.data_ = static_cast<const std::byte*>(data);
    Register(file.data_, file.size_, path);
  }
  file.fd_ = std::move(fd);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      modified_(other.modified_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(modified_, other.modified_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  Unregister(data_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

Status MappedFile::CheckUnchanged() const {
  if (fd_.get() < 0) return Status();
  struct stat info;
  if (::fstat(fd_.get(), &info) != 0) return ErrnoError(path_, "examine");
  if (static_cast<size_t>(info.st_size) == size_ && SameTime(info.st_mtim, modified_)) return Status();
  return Corrupt("{}: was written to while it was in use; replace such a file by renaming the new one over it",
                 path_.string());
}

}  // namespace sinew
