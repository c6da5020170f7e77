// The workers' side of the pool.
#include "runtime/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <system_error>

#include "base/check.h"
#include "runtime/flush_denormals.h"

namespace sinew::runtime {
namespace {

using Clock = std::chrono::steady_clock;

// A step ends with workers a fraction of a task apart, and the next begins microseconds later: sleeping and waking, 50
// microseconds each in a virtual machine, would cost more than looking again.
constexpr auto kSpin = std::chrono::microseconds(200);

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`: looks for a while, then sleeps.
uint32_t WaitForChange(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kLooksBetweenTimes = 64;
  for (const Clock::time_point end = Clock::now() + kSpin; Clock::now() < end;) {
    for (int i = 0; i < kLooksBetweenTimes; ++i) {
      const uint32_t now = value.load(std::memory_order_acquire);
      if (now != old) return now;
      Pause();
    }
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

// Ranges get smaller towards the end, so that workers end together, and are small from the start, so that one that is
// interrupted holds up little. Source: Polychronopoulos & Kuck, "Guided Self-Scheduling", IEEE ToC C-36, 1987.
uint32_t RangeSize(uint32_t tasks_left) { return std::max(1u, tasks_left / 8); }

constexpr uint32_t kStop = std::numeric_limits<uint32_t>::max();  // no generation

}  // namespace

ThreadPool::ThreadPool(int threads) : threads_(1), shares_(static_cast<size_t>(std::max(threads, 1))) {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  for (int worker = 1; worker < threads; ++worker) {
    try {
      others_.emplace_back(&ThreadPool::RunWorker, this, static_cast<size_t>(worker));
    } catch (const std::system_error&) {
      break;
    }
  }
  threads_ = 1 + static_cast<int>(others_.size());
}

ThreadPool::~ThreadPool() {
  Wake(kStop);
  for (std::thread& thread : others_) thread.join();
}

// Sequentially consistent, so that the store is seen before notify_all looks whether anybody sleeps.
void ThreadPool::Wake(uint32_t generation) {
  wakeups_.store(generation, std::memory_order_seq_cst);
  wakeups_.notify_all();
}

void ThreadPool::RunJob(Call call, const void* context, size_t tasks) {
  const FlushDenormals flush;
  if (others_.empty() || tasks <= 1) {
    if (tasks > 0) call(context, 0, 0, tasks);
    return;
  }
  SINEW_CHECK(tasks < std::numeric_limits<uint32_t>::max());
  uint32_t generation = static_cast<uint32_t>(shares_[0].ticket.load(std::memory_order_relaxed) >> 32) + 1;
  if (generation == kStop) generation = 0;
  call_.store(call, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  tasks_.store(static_cast<uint32_t>(tasks), std::memory_order_relaxed);
  done_.store(0, std::memory_order_relaxed);
  for (size_t share = 0; share < static_cast<size_t>(threads_); ++share) {
    const uint32_t size =
        FirstTask(share + 1, static_cast<uint32_t>(tasks)) - FirstTask(share, static_cast<uint32_t>(tasks));
    shares_[share].ticket.store(uint64_t{generation} << 32 | size, std::memory_order_release);
  }
  Wake(generation);
  WorkOn(generation, 0);
  for (uint32_t done = done_.load(std::memory_order_acquire); done != tasks;) done = WaitForChange(done_, done);
}

void ThreadPool::WorkOn(uint32_t generation, size_t worker) {
  const size_t threads = static_cast<size_t>(threads_);
  for (size_t i = 0; i < threads; ++i) WorkOnShare(generation, worker, (worker + i) % threads);
}

void ThreadPool::WorkOnShare(uint32_t generation, size_t worker, size_t share) {
  std::atomic<uint64_t>& shared_ticket = shares_[share].ticket;
  uint64_t ticket = shared_ticket.load(std::memory_order_acquire);
  while (static_cast<uint32_t>(ticket >> 32) == generation) {
    const Call call = call_.load(std::memory_order_relaxed);
    const void* const context = context_.load(std::memory_order_relaxed);
    const uint32_t tasks = tasks_.load(std::memory_order_relaxed);
    const uint32_t left = static_cast<uint32_t>(ticket);
    if (left == 0) return;
    const uint32_t size = RangeSize(left);
    if (!shared_ticket.compare_exchange_weak(ticket, ticket - size, std::memory_order_acq_rel,
                                             std::memory_order_acquire))
      continue;
    const uint32_t first = FirstTask(share + 1, tasks) - left;
    call(context, worker, first, first + size);
    // Only the caller waits for it, and only for the last.
    if (done_.fetch_add(size, std::memory_order_acq_rel) + size == tasks) done_.notify_one();
    ticket = shared_ticket.load(std::memory_order_acquire);
  }
}

void ThreadPool::RunWorker(size_t worker) {
  const FlushDenormals flush;
  for (uint32_t seen = 0;;) {
    seen = WaitForChange(wakeups_, seen);
    if (seen == kStop) return;
    WorkOn(seen, worker);
  }
}

int AvailableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace sinew::runtime
