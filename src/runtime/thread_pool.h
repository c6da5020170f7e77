// Fork-join over the independent tasks of one step.
#pragma once

#include <pthreadpool.h>

#include <atomic>
#include <cstddef>
#include <memory>

namespace sinew::runtime {

// `threads` workers, the calling thread among them; with one, everything runs on the caller. One job at a time: a pool
// belongs to one session. Denormals are flushed to zero while tasks run.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);

  int threads() const { return threads_; }

  // Calls run(worker, first, last) until the ranges [first, last) have covered [0, tasks). Each worker index in
  // [0, threads()) is in use by at most one thread at a time, so it can name that thread's scratch. Ranges are handed out
  // on demand, smaller towards the end: a worker that was interrupted does not hold up the others.
  template <class Run>
  void ForEachRange(size_t tasks, const Run& run) {
    if (threads_ == 1 || tasks <= 1) {
      RunOnCaller([&] { run(size_t{0}, size_t{0}, tasks); });
      return;
    }
    Job<Run> job{&run, tasks, static_cast<size_t>(threads_), {0}};
    RunWorkers(&Job<Run>::Work, &job);
  }

 private:
  template <class Run>
  struct Job {
    const Run* run;
    size_t tasks, workers;
    std::atomic<size_t> next;

    static void Work(void* self, size_t worker) {
      Job& job = *static_cast<Job*>(self);
      size_t first = job.next.load(std::memory_order_relaxed);
      while (first < job.tasks) {
        // Guided self-scheduling (Polychronopoulos & Kuck 1987): a fair share of what is left, halved.
        const size_t share = (job.tasks - first) / (2 * job.workers);
        const size_t last = first + (share > 1 ? share : 1);
        if (!job.next.compare_exchange_weak(first, last, std::memory_order_relaxed)) continue;
        (*job.run)(worker, first, last);
        first = job.next.load(std::memory_order_relaxed);
      }
    }
  };

  template <class Body>
  void RunOnCaller(const Body& body) {
    struct Call {
      static void Work(void* self, size_t) { (*static_cast<const Body*>(self))(); }
    };
    RunWorkers(&Call::Work, const_cast<Body*>(&body), 1);
  }

  void RunWorkers(void (*work)(void*, size_t), void* context) { RunWorkers(work, context, static_cast<size_t>(threads_)); }
  void RunWorkers(void (*work)(void*, size_t), void* context, size_t workers) {
    pthreadpool_parallelize_1d(pool_.get(), work, context, workers, PTHREADPOOL_FLAG_DISABLE_DENORMALS);
  }

  struct Destroy {
    void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
  };
  int threads_;
  std::unique_ptr<pthreadpool, Destroy> pool_;
};

// Processors that this process may run on.
int AvailableProcessors();

}  // namespace sinew::runtime
