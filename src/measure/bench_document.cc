// Runs the benchmark, and puts its figures where documents have them.
#include "measure/bench_document.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "measure/fma_peak.h"
#include "measure/machine.h"
#include "measure/plan_figures.h"
#include "measure/statistics.h"
#include "measure/target_name.h"
#include "simd/target.h"
#include "sinew/version.h"

namespace sinew::measure {
namespace {

// What arrives later than it can be served piles up: the latencies then say how long the measurement was, and no more.
bool IsOverloaded(const LoadResult& load, double rate) {
  constexpr double kLate = 1.1;
  const double least = *std::min_element(load.latency_seconds.begin(), load.latency_seconds.end());
  return rate > 0 && load.wall_seconds > kLate * load.offered_seconds + least;
}

void AddCallTimes(const LoadResult& load, documents::Bench* bench) {
  std::vector<double> milliseconds = load.latency_seconds;
  for (double& value : milliseconds) value *= 1e3;
  const Summary summary = Summarise(milliseconds);
  bench->repeats = static_cast<int>(summary.count);
  bench->min_ms = summary.min;
  bench->p50_ms = summary.p50;
  bench->p90_ms = summary.p90;
  bench->p95_ms = summary.p95;
  bench->p99_ms = summary.p99;
  bench->max_ms = summary.max;
  bench->mean_ms = summary.mean;
  bench->mad_ms = summary.mad;
  bench->quantiles_ms = Percentiles(std::move(milliseconds));
}

Status AddArithmetic(const Model& model, const BenchResult& result, const BenchOptions& options,
                     documents::Bench* bench) {
  // From the median: it hides an interruption, as a throughput would not. With an open loop a call's time is not the
  // system's.
  const double per_second =
      options.load.rate > 0 ? bench->pictures_per_second : options.replicas * options.batch / (bench->p50_ms / 1e3);
  bench->direct_gflops = 2 * DirectMultiplyAdds(*FindPlan(model, result.resolution)) * per_second / 1e9;
  if (options.pose.session.device.is_gpu()) return Status();  // peaks are processors'
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, InstructionSet(model));
  bench->fma_peak_gflops = FmaPeakGflops(target);
  const int cores = result.threads * options.replicas;
  if (bench->fma_peak_gflops > 0) bench->share_of_peak = bench->direct_gflops / (bench->fma_peak_gflops * cores);
  return Status();
}

}  // namespace

Result<documents::Bench> MeasureBench(const Model& model, double load_seconds, std::span<const EncodedPicture> pictures,
                                      const BenchOptions& options, const documents::Machine& machine) {
  documents::Bench bench;
  bench.version = kVersion;
  bench.measured_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  bench.model = model.name();
  bench.model_xxh3 = fmt::format("{:016x}", model.weights_hash());
  SINEW_ASSIGN_OR_RETURN(bench.target, TargetName(model, options.pose.session));
  const bool network_only = pictures.empty();
  bench.workload = network_only ? "network" : "end-to-end";
  bench.picture = network_only           ? "synthetic"
                  : pictures.size() == 1 ? pictures[0].name
                                         : fmt::format("{} pictures", pictures.size());
  ResetPeakMemory();
  const OthersLoad others;
  SINEW_ASSIGN_OR_RETURN(const BenchResult result,
                         network_only ? BenchNetwork(model, options) : BenchPictures(model, pictures, options));
  bench.machine = machine;
  bench.machine.gpu = options.pose.session.device.product();
  bench.machine.used_by_others = others.Share();
  bench.peak_rss_mb = static_cast<double>(PeakMemoryBytes()) / 1e6;
  bench.resolution = fmt::format("{}x{}", result.resolution.width, result.resolution.height);
  bench.threads = result.threads;
  bench.replicas = options.replicas;
  bench.batch = options.batch;
  if (options.load.rate > 0) bench.rate = options.load.rate;
  bench.load_ms = 1e3 * load_seconds;
  bench.create_ms = 1e3 * result.create_seconds;
  bench.pictures_per_second = static_cast<double>(result.pictures) / result.load.wall_seconds;
  bench.overloaded = IsOverloaded(result.load, options.load.rate);
  AddCallTimes(result.load, &bench);
  SINEW_RETURN_IF_ERROR(AddArithmetic(model, result, options, &bench));
  if (network_only) return bench;
  bench.smoothing_taps = options.pose.decode.smoothing_taps;
  bench.resize_out_ratio = options.pose.decode.resize_out_ratio;
  bench.stages = {1e3 * result.stages.read, 1e3 * result.stages.resize, 1e3 * result.stages.network,
                  1e3 * result.stages.decode};
  return bench;
}

}  // namespace sinew::measure
