// A thread a replica, with a common start.
#include "measure/load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "base/error.h"
#include "base/guard.h"
#include "base/thread_group.h"

namespace sinew::measure {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }
Clock::duration Duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// Where replicas wait for each other; opened for good, nobody does.
class StartLine {
 public:
  explicit StartLine(size_t replicas) : missing_(replicas) {}

  // Waits until all are here. False where the start was called off.
  bool Wait(Clock::time_point* start) {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) {
      start_ = Clock::now();
      changed_.notify_all();
    }
    changed_.wait(lock, [this] { return missing_ == 0 || called_off_; });
    *start = start_;
    return !called_off_;
  }
  void CallOff() {
    const std::lock_guard lock(mutex_);
    called_off_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t missing_;
  Clock::time_point start_;
  bool called_off_ = false;
};

// Runs `serve(replica, start, latencies)` on a thread for each replica, once all are warm.
template <class Serve>
Result<LoadResult> RunReplicas(std::span<const std::function<void()>> replicas, int warmup, const Serve& serve) {
  std::vector<std::vector<double>> latencies(replicas.size());
  std::vector<Status> failures(replicas.size());
  Clock::time_point start;
  StartLine line(replicas.size());
  const auto run = [&](size_t replica) noexcept {
    failures[replica] = CatchAll([&] {
      for (int i = 0; i < warmup; ++i) replicas[replica]();
      Clock::time_point common;
      if (!line.Wait(&common)) return Status();
      if (replica == 0) start = common;
      serve(replica, common, &latencies[replica]);
      return Status();
    });
    if (!failures[replica].ok()) line.CallOff();
  };
  {
    ThreadGroup others;
    for (size_t i = 1; i < replicas.size(); ++i) {
      if (others.Start([&run, i] { run(i); })) continue;
      line.CallOff();
      return Unavailable("the system does not allow the {} threads that {} replicas need", replicas.size() - 1,
                         replicas.size());
    }
    run(0);
  }
  for (const Status& failure : failures) SINEW_RETURN_IF_ERROR(failure);
  LoadResult result;
  result.wall_seconds = Seconds(Clock::now() - start);
  for (const auto& of_one : latencies)
    result.latency_seconds.insert(result.latency_seconds.end(), of_one.begin(), of_one.end());
  return result;
}

Result<LoadResult> ClosedLoop(std::span<const std::function<void()>> replicas, const LoadOptions& options) {
  return RunReplicas(
      replicas, options.warmup, [&](size_t replica, Clock::time_point start, std::vector<double>* latencies) {
        for (int i = 0;
             options.seconds > 0 ? i == 0 || Seconds(Clock::now() - start) < options.seconds : i < options.repeats;
             ++i) {
          const Clock::time_point begin = Clock::now();
          replicas[replica]();
          latencies->push_back(Seconds(Clock::now() - begin));
        }
      });
}

Result<LoadResult> OpenLoop(std::span<const std::function<void()>> replicas, const LoadOptions& options) {
  const std::vector<double> arrivals = PoissonArrivals(options.rate, options.repeats, options.seconds, options.seed);
  std::atomic<size_t> next = 0;
  Result<LoadResult> result = RunReplicas(replicas, options.warmup,
                                          [&](size_t replica, Clock::time_point start, std::vector<double>* latencies) {
                                            for (size_t call; (call = next.fetch_add(1)) < arrivals.size();) {
                                              const Clock::time_point arrival = start + Duration(arrivals[call]);
                                              std::this_thread::sleep_until(arrival);
                                              replicas[replica]();
                                              latencies->push_back(Seconds(Clock::now() - arrival));
                                            }
                                          });
  if (result.ok()) result->offered_seconds = arrivals.back();
  return result;
}

}  // namespace

Status CheckLoadOptions(const LoadOptions& options) {
  if (options.warmup < 0 || options.warmup > 1'000'000)
    return InvalidArgument("{} calls to warm up: give 0 to 1000000", options.warmup);
  if (options.repeats < 1 || options.repeats > 100'000'000)
    return InvalidArgument("{} repeats: give 1 to 100000000", options.repeats);
  if (!(options.seconds >= 0 && options.seconds <= 1e6))
    return InvalidArgument("a duration of {} seconds: give at most 1000000", options.seconds);
  if (!(options.rate >= 0 && options.rate <= 1e6))
    return InvalidArgument("a rate of {} calls a second: give at most 1000000", options.rate);
  if (options.rate * options.seconds > 1e8)
    return InvalidArgument("{} calls a second for {} seconds are too many", options.rate, options.seconds);
  return Status();
}

std::vector<double> PoissonArrivals(double rate, int count, double seconds, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> arrivals;
  // Not std::exponential_distribution, whose values differ between libraries.
  for (double time = 0; seconds > 0 || arrivals.size() < static_cast<size_t>(count);) {
    const double uniform = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;  // within (0, 1)
    time -= std::log(uniform) / rate;
    if (seconds > 0 && time > seconds && !arrivals.empty()) break;
    arrivals.push_back(time);
    if (seconds > 0 && time > seconds) break;
  }
  return arrivals;
}

Result<LoadResult> OfferLoad(std::span<const std::function<void()>> replicas, const LoadOptions& options) {
  return options.rate > 0 ? OpenLoop(replicas, options) : ClosedLoop(replicas, options);
}

}  // namespace sinew::measure
