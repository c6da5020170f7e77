// A library that is loaded before the C library (LD_PRELOAD) and lets one system call on files fail: what a full or
// broken disk, a signal, or the end of the process at that very moment does to a program that knows nothing of it.
//
//   SINEW_FAULT_FOLDER  calls on files and folders below it count; others are left alone
//   SINEW_FAULT_LOG     where each is noted: a line "NUMBER CALL PATH"
//   SINEW_FAULT_AT      the number, from 1 on, of the call that fails; without it, none does
//   SINEW_FAULT_KIND    kill    the process ends before the call, or in the middle of a write
//                       short   a write takes half of what it was given
//                       enospc  this and every later write, and every new file, finds the disk full
//                       eio     the call fails; a file that should be closed is closed all the same
//                       eintr   a signal came first; a file that should be closed is closed all the same
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class Kind { kNone, kKill, kShort, kEnospc, kEio, kEintr };

struct Settings {
  char folder[PATH_MAX] = "";
  int log = -1;
  long at = 0;
  Kind kind = Kind::kNone;
};

Kind ParseKind(const char* text) {
  constexpr const char* kNames[] = {"none", "kill", "short", "enospc", "eio", "eintr"};
  for (int i = 0; text != nullptr && i < 6; ++i) {
    if (std::strcmp(text, kNames[i]) == 0) return static_cast<Kind>(i);
  }
  return Kind::kNone;
}

const Settings& Get() {
  static const Settings settings = [] {
    Settings s;
    if (const char* folder = std::getenv("SINEW_FAULT_FOLDER"); folder != nullptr && ::realpath(folder, s.folder)) {
      if (const char* at = std::getenv("SINEW_FAULT_AT"); at != nullptr) s.at = std::atol(at);
      s.kind = ParseKind(std::getenv("SINEW_FAULT_KIND"));
      if (const char* log = std::getenv("SINEW_FAULT_LOG"); log != nullptr)
        s.log = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    }
    return s;
  }();
  return settings;
}

std::atomic<long> g_count = 0;
std::atomic<bool> g_disk_full = false;

bool IsBelow(const char* path) {
  const size_t length = std::strlen(Get().folder);
  return length > 0 && std::strncmp(path, Get().folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

// The path that the descriptor was opened by, or has been renamed to; false where it is none that counts.
bool PathOf(int fd, bool folders_too, char* path) {
  if (fd < 0 || fd == Get().log || Get().folder[0] == '\0') return false;
  char link[32];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, PATH_MAX - 1);
  if (length < 0) return false;
  path[length] = '\0';
  if (!IsBelow(path)) return false;
  struct stat info;
  if (::fstat(fd, &info) != 0) return false;
  if (S_ISDIR(info.st_mode)) return folders_too;
  return S_ISREG(info.st_mode) && (::fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

// The same of a path that need not exist: its folder must.
bool Resolve(const char* path, char* resolved) {
  if (Get().folder[0] == '\0') return false;
  char copy[PATH_MAX];
  std::snprintf(copy, sizeof(copy), "%s", path);
  char* const slash = std::strrchr(copy, '/');
  const char* name = slash == nullptr ? copy : slash + 1;
  char folder[PATH_MAX];
  if (slash != nullptr) *slash = '\0';
  if (::realpath(slash == nullptr ? "." : copy[0] == '\0' ? "/" : copy, folder) == nullptr) return false;
  std::snprintf(resolved, PATH_MAX, "%.2000s/%.2000s", folder, name);
  return IsBelow(resolved);
}

// Notes the call and tells what becomes of it.
Kind Next(const char* call, const char* path) {
  const long number = ++g_count;
  char line[PATH_MAX + 64];
  const int length = std::snprintf(line, sizeof(line), "%ld %s %s\n", number, call, path);
  if (Get().log >= 0) ::syscall(SYS_write, Get().log, line, length);
  return number == Get().at ? Get().kind : Kind::kNone;
}

[[noreturn]] void Die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);
}

// -1 with the error of this kind, for calls that have not happened.
template <class T>
bool Fails(Kind kind, T* result) {
  if (kind == Kind::kKill) Die();
  if (kind == Kind::kNone || kind == Kind::kShort) return false;
  errno = kind == Kind::kEnospc ? ENOSPC : kind == Kind::kEio ? EIO : EINTR;
  *result = -1;
  return true;
}

template <class F>
F Real(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

int Open(int folder, const char* path, int flags, mode_t mode) {
  char resolved[PATH_MAX];
  const bool writes = (flags & O_ACCMODE) != O_RDONLY && (folder == AT_FDCWD || path[0] == '/');
  int result = 0;
  if (writes && Resolve(path, resolved)) {
    struct stat info;
    const bool is_new = (flags & O_CREAT) != 0 && ::stat(path, &info) != 0;
    const Kind kind = Next(is_new ? "create" : "open", resolved);
    if (kind == Kind::kEnospc) g_disk_full = true;
    if (g_disk_full && is_new) {
      errno = ENOSPC;
      return -1;
    }
    if (kind != Kind::kEnospc && Fails(kind, &result)) return result;
  }
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}

mode_t ModeArgument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

// `put` writes so many of the bytes.
template <class Put>
ssize_t Write(const char* call, int fd, size_t size, const Put& put) {
  char path[PATH_MAX];
  if (!PathOf(fd, false, path)) return put(size);
  const Kind kind = Next(call, path);
  ssize_t result = 0;
  if (kind == Kind::kEnospc) {
    g_disk_full = true;
    if (size > 1) return put(size / 2);  // what still fitted
  }
  if (g_disk_full) {
    errno = ENOSPC;
    return -1;
  }
  if (kind == Kind::kKill && size > 1) put(size / 2);
  if (Fails(kind, &result)) return result;
  return put(kind == Kind::kShort && size > 1 ? size / 2 : size);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeArgument(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeArgument(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeArgument(flags, arguments);
  va_end(arguments);
  return Open(folder, path, flags, mode);
}

ssize_t write(int fd, const void* data, size_t size) {
  return Write("write", fd, size, [&](size_t part) { return ::syscall(SYS_write, fd, data, part); });
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return Write("pwrite", fd, size, [&](size_t part) { return ::syscall(SYS_pwrite64, fd, data, part, offset); });
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return Write("pwrite", fd, size, [&](size_t part) { return ::syscall(SYS_pwrite64, fd, data, part, offset); });
}

int ftruncate(int fd, off_t size) {
  char path[PATH_MAX];
  int result = 0;
  if (PathOf(fd, false, path) && Fails(Next("ftruncate", path), &result)) return result;
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int fsync(int fd) {
  char path[PATH_MAX];
  int result = 0;
  if (PathOf(fd, true, path) && Fails(Next("fsync", path), &result)) return result;
  return 0;  // the test does not cut the power, and the disk has better things to do
}

int fdatasync(int fd) { return fsync(fd); }

int close(int fd) {
  char path[PATH_MAX];
  int result = 0;
  const bool fails = PathOf(fd, false, path) && Fails(Next("close", path), &result);
  const int error = errno;
  const int closed = static_cast<int>(::syscall(SYS_close, fd));
  if (!fails) return closed;
  errno = error;
  return result;
}

int rename(const char* from, const char* to) {
  char resolved[PATH_MAX];
  int result = 0;
  if (Resolve(to, resolved) && Fails(Next("rename", resolved), &result)) return result;
  return Real<int (*)(const char*, const char*)>("rename")(from, to);
}

}  // extern "C"
