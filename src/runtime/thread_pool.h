// Fork-join over the independent tasks of one step.
//
// A network has a hundred steps, many of a tenth of a millisecond, so that the pool must cost microseconds when
// processors are idle, and must not wait for a worker that the system has not scheduled when they are busy. Both follow
// from atomic tickets, {generation, tasks left}: whoever lowers the second half of one owns the tasks between; the
// caller works along and waits for tasks that were taken, never for workers. A worker that comes late finds nothing
// left, or another generation, and goes back to sleep.
//
// Each worker has a ticket for its share of the tasks, and helps with the others' when it is through with it.
// Neighbouring tasks make neighbouring parts of a picture, and shares lie alike in all steps: what a worker reads is
// mostly what it wrote itself, and still in its own caches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace sinew::runtime {

// `threads` workers, the calling thread among them; with one, everything runs on the caller. One job at a time: a pool
// belongs to one session. Denormals are flushed to zero while tasks run. Where the system grants fewer threads, the
// pool makes do with those.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  int threads() const { return threads_; }

  // Calls run(worker, first, last) until the ranges [first, last) have covered [0, tasks). Each worker index in
  // [0, threads()) is in use by at most one thread at a time, so it can name that thread's scratch. `run` must not
  // throw.
  template <class Run>
  void ForEachRange(size_t tasks, const Run& run) {
    const auto call = [](const void* context, size_t worker, size_t first, size_t last) {
      (*static_cast<const Run*>(context))(worker, first, last);
    };
    RunJob(call, &run, tasks);
  }

 private:
  using Call = void (*)(const void* context, size_t worker, size_t first, size_t last);

  // A worker's share, tasks [FirstTask(worker), FirstTask(worker + 1)).
  struct alignas(64) Share {
    std::atomic<uint64_t> ticket = 0;  // generation << 32 | tasks left, the last of the share
  };

  void RunJob(Call call, const void* context, size_t tasks);
  // Takes and runs tasks of `generation` until none is left.
  void WorkOn(uint32_t generation, size_t worker);
  // The same within one share.
  void WorkOnShare(uint32_t generation, size_t worker, size_t share);
  uint32_t FirstTask(size_t share, uint32_t tasks) const {
    return static_cast<uint32_t>(uint64_t{tasks} * share / static_cast<uint64_t>(threads_));
  }
  void RunWorker(size_t worker);
  void Wake(uint32_t generation);

  int threads_;
  std::vector<std::thread> others_;
  // Written by the caller between jobs. Read before tasks are owned, and used only if they were: as long as a
  // generation has tasks left, the caller does not begin another job.
  std::atomic<Call> call_ = nullptr;
  std::atomic<const void*> context_ = nullptr;
  std::atomic<uint32_t> tasks_ = 0;
  std::vector<Share> shares_;                      // by worker
  alignas(64) std::atomic<uint32_t> done_ = 0;     // tasks of this generation
  alignas(64) std::atomic<uint32_t> wakeups_ = 0;  // the generation again, for workers to sleep on
};

// Processors that this process may run on.
int AvailableProcessors();

}  // namespace sinew::runtime
