// Objects with threads or locks, which a forked process has only the memory of.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace sinew::python {

// Owns a T for the process that made it. In a fork of that process it is left alone for good, not even destroyed: its
// threads are not there to be joined, and a lock of its may be held by one of them.
template <class T>
class ProcessOwned {
 public:
  ProcessOwned() = default;
  explicit ProcessOwned(std::unique_ptr<T> value) : value_(std::move(value)), process_(getpid()) {}
  ProcessOwned(ProcessOwned&& other) noexcept { *this = std::move(other); }
  ProcessOwned& operator=(ProcessOwned&& other) noexcept {
    std::swap(value_, other.value_);
    std::swap(process_, other.process_);
    return *this;
  }
  ~ProcessOwned() {
    if (!is_mine()) (void)value_.release();  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): as said above
  }

  bool is_mine() const { return process_ == getpid(); }
  // Null where this process is not the one.
  T* get() const { return is_mine() ? value_.get() : nullptr; }

 private:
  std::unique_ptr<T> value_;
  pid_t process_ = 0;
};

}  // namespace sinew::python
