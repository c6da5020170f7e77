// The loop of each replica, and its start and end together with the others.
#include "measure/network_bench.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <random>
#include <thread>

#include "base/error.h"

namespace sinew::measure {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

struct Replica {
  Session session;
  std::vector<float> pictures, results;
  std::vector<double> call_seconds;

  void Call() {
    // Sizes were computed from the session itself.
    (void)session.RunBatch(pictures, results);
  }
};

Status CheckOptions(const NetworkBenchOptions& options) {
  constexpr int kMost = 1024;
  const auto check = [](const char* what, int value, int least, int most) {
    return value >= least && value <= most ? Status() : InvalidArgument("{} {}: give {} to {}", value, what, least, most);
  };
  SINEW_RETURN_IF_ERROR(check("replicas", options.replicas, 1, kMost));
  SINEW_RETURN_IF_ERROR(check("pictures a batch", options.batch, 1, kMost));
  SINEW_RETURN_IF_ERROR(check("calls to warm up", options.warmup, 0, 1'000'000));
  SINEW_RETURN_IF_ERROR(check("repeats", options.repeats, 1, 100'000'000));
  if (!(options.seconds >= 0 && options.seconds < 1e9)) return InvalidArgument("a duration of {} seconds", options.seconds);
  return Status();
}

}  // namespace

Result<NetworkBenchResult> BenchNetwork(const Model& model, const NetworkBenchOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckOptions(options));
  std::vector<Replica> replicas;
  std::mt19937 random(1);
  for (int i = 0; i < options.replicas; ++i) {
    SINEW_ASSIGN_OR_RETURN(Session session, Session::Create(model, {options.resolution, options.threads}));
    const TensorView out = session.output();
    const size_t batch = static_cast<size_t>(options.batch);
    std::vector<float> pictures(batch * session.input().size());
    for (float& value : pictures) value = static_cast<float>(random() % 256);
    const size_t outputs = static_cast<size_t>(out.height) * static_cast<size_t>(out.width) * static_cast<size_t>(out.channels);
    replicas.push_back({std::move(session), std::move(pictures), std::vector<float>(batch * outputs), {}});
  }

  NetworkBenchResult result;
  result.threads = replicas[0].session.threads();
  result.resolution = replicas[0].session.resolution();
  Clock::time_point start;
  // All replicas are warm before the first is measured.
  std::barrier ready(options.replicas, [&]() noexcept { start = Clock::now(); });
  const auto run = [&](Replica& replica) {
    for (int i = 0; i < options.warmup; ++i) replica.Call();
    ready.arrive_and_wait();
    for (int i = 0; options.seconds > 0 ? Seconds(Clock::now() - start) < options.seconds : i < options.repeats; ++i) {
      const Clock::time_point begin = Clock::now();
      replica.Call();
      replica.call_seconds.push_back(Seconds(Clock::now() - begin));
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < replicas.size(); ++i) others.emplace_back(run, std::ref(replicas[i]));
  run(replicas[0]);
  for (std::thread& thread : others) thread.join();
  result.wall_seconds = Seconds(Clock::now() - start);
  for (const Replica& replica : replicas) {
    result.call_seconds.insert(result.call_seconds.end(), replica.call_seconds.begin(), replica.call_seconds.end());
  }
  result.pictures = static_cast<int64_t>(result.call_seconds.size()) * options.batch;
  return result;
}

}  // namespace sinew::measure
