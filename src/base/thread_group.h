// Threads with an owner.
#pragma once

#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace sinew {

// Threads that are joined when this ends, however the scope is left; what makes them end must have been said by then.
// One thread at a time. What runs in them must not throw.
class ThreadGroup {
 public:
  ThreadGroup() = default;
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;
  ~ThreadGroup() { Join(); }

  // False where the system allows no further thread.
  template <class F>
  bool Start(F&& run) {
    try {
      threads_.emplace_back(std::forward<F>(run));
      return true;
    } catch (const std::exception&) {  // std::system_error; std::bad_alloc
      return false;
    }
  }

  // Starts as many of `count` as the system allows, and says how many these are.
  template <class F>
  int StartUpTo(int count, const F& run) {
    int started = 0;
    while (started < count && Start(run)) ++started;
    return started;
  }

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace sinew
