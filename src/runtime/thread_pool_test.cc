// Every task runs exactly once, whatever the number of threads; workers keep to their own index.
#include "runtime/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <vector>

namespace sinew::runtime {
namespace {

TEST(ThreadPoolTest, EveryTaskOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const size_t tasks : {size_t{0}, size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
      std::vector<std::atomic<int>> runs(tasks);
      std::vector<std::atomic<int>> busy(static_cast<size_t>(threads));
      std::atomic<bool> shared = false;
      pool.ForEachRange(tasks, [&](size_t worker, size_t first, size_t last) {
        if (busy[worker].fetch_add(1) != 0) shared = true;
        for (size_t i = first; i < last; ++i) runs[i].fetch_add(1);
        busy[worker].fetch_sub(1);
      });
      for (size_t i = 0; i < tasks; ++i) EXPECT_EQ(runs[i].load(), 1) << i << " of " << tasks << " on " << threads;
      EXPECT_FALSE(shared) << "two threads had the same worker index";
    }
  }
}

// Jobs that end while workers are still on their way, on more threads than there are processors.
TEST(ThreadPoolTest, ManyShortJobs) {
  ThreadPool pool(2 * AvailableProcessors() + 1);
  std::vector<size_t> sums(17);
  for (size_t job = 0; job < 20'000; ++job) {
    const size_t tasks = job % sums.size();
    pool.ForEachRange(tasks, [&](size_t, size_t first, size_t last) {
      for (size_t i = first; i < last; ++i) sums[i] += job;
    });
  }
  // Task i runs in the jobs whose number has a remainder above i.
  for (size_t i = 0; i < sums.size(); ++i) {
    size_t expected = 0;
    for (size_t job = 0; job < 20'000; ++job) expected += job % sums.size() > i ? job : 0;
    EXPECT_EQ(sums[i], expected) << i;
  }
}

#if defined(__SSE__) || defined(__aarch64__)
TEST(ThreadPoolTest, DenormalsAreFlushedInsideAndRestoredAfter) {
  const volatile float smallest_normal = std::numeric_limits<float>::min();
  const auto flushed = [&] { return smallest_normal * 0.25f == 0.0f; };
  for (const int threads : {1, 2}) {
    ThreadPool pool(threads);
    EXPECT_FALSE(flushed()) << threads;
    std::atomic<bool> inside = true;
    pool.ForEachRange(4, [&](size_t, size_t first, size_t last) {
      for (size_t i = first; i < last; ++i) {
        if (!flushed()) inside = false;
      }
    });
    EXPECT_TRUE(inside) << threads;
    EXPECT_FALSE(flushed()) << threads;
  }
}
#endif

TEST(ThreadPoolTest, AvailableProcessors) { EXPECT_GE(AvailableProcessors(), 1); }

}  // namespace
}  // namespace sinew::runtime
