// Creation of the worker threads.
#include "runtime/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace sinew::runtime {

ThreadPool::ThreadPool(int threads)
    : threads_(std::max(1, threads)),
      // Without a pool, pthreadpool runs everything on the caller.
      pool_(threads_ > 1 ? pthreadpool_create(static_cast<size_t>(threads_)) : nullptr) {}

int AvailableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace sinew::runtime
