// sinew bench: how fast a model is on this machine.
#include <fmt/format.h>
#include <xxhash.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "artifact/reader.h"
#include "base/error.h"
#include "command.h"
#include "measure/fma_peak.h"
#include "measure/machine.h"
#include "measure/network_bench.h"
#include "measure/statistics.h"
#include "model_cache.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

struct Options {
  std::string model, resolution;
  measure::NetworkBenchOptions bench;
  bool network_only = false, json = false;
};

struct Report {
  const Options& options;
  Model model;
  kernels::Target target;  // that ran: the model's, unless another was forced
  measure::NetworkBenchResult result;
  measure::Summary milliseconds;  // a call
  double direct_gflops = 0;       // of what a direct computation would do, all replicas together
  double fma_peak_gflops = 0;     // of one core
  double others_share = 0;
};

// Multiply-adds that a direct computation of one picture takes.
double DirectMultiplyAdds(const Model& model, Resolution resolution) {
  double sum = 0;
  for (const auto& plan : model.artifact().model().plans) {
    if (static_cast<int>(plan->input->width()) != resolution.width || static_cast<int>(plan->input->height()) != resolution.height) continue;
    for (const auto& step : plan->steps) sum += static_cast<double>(step->multiply_adds);
  }
  return sum;
}

Result<Report> Measure(const Options& options) {
  ModelRequest request;
  request.model = options.model;
  request.log = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(request.resolution, ParseResolution(options.resolution));
  }
  SINEW_ASSIGN_OR_RETURN(const CachedModel cached, LoadOrCompile(request));
  SINEW_ASSIGN_OR_RETURN(const kernels::Target planned, kernels::ParseTarget(cached.model.target()));
  SINEW_ASSIGN_OR_RETURN(const kernels::Target target, kernels::ForcedTargetOr(planned));
  Report report{.options = options, .model = cached.model, .target = target, .result = {}, .milliseconds = {}};
  report.fma_peak_gflops = measure::FmaPeakGflops(target);
  measure::NetworkBenchOptions bench = options.bench;
  bench.resolution = cached.resolution;
  const measure::OthersLoad others;
  SINEW_ASSIGN_OR_RETURN(report.result, measure::BenchNetwork(cached.model, bench));
  report.others_share = others.Share();
  std::vector<double> milliseconds = report.result.call_seconds;
  for (double& value : milliseconds) value *= 1e3;
  report.milliseconds = measure::Summarise(std::move(milliseconds));
  // From the median: it hides an interruption, as a throughput would not.
  const double pictures_per_second = options.bench.replicas * options.bench.batch / (report.milliseconds.p50 / 1e3);
  report.direct_gflops = 2 * DirectMultiplyAdds(cached.model, cached.resolution) * pictures_per_second / 1e9;
  return report;
}

double ShareOfPeak(const Report& report) {
  const int cores = report.result.threads * report.options.bench.replicas;
  return report.fma_peak_gflops > 0 ? report.direct_gflops / (report.fma_peak_gflops * cores) : 0;
}

void PrintJson(const Report& report) {
  const measure::Machine machine = measure::ThisMachine();
  const measure::Summary& ms = report.milliseconds;
  const Resolution resolution = report.result.resolution;
  const nlohmann::ordered_json json = {
      {"model", report.model.name()},
      {"model_xxh3", fmt::format("{:016x}", report.model.artifact().data_xxh3())},
      {"version", kVersion},
      {"target", kernels::TargetName(report.target)},
      {"resolution", fmt::format("{}x{}", resolution.width, resolution.height)},
      {"threads", report.result.threads},
      {"replicas", report.options.bench.replicas},
      {"batch", report.options.bench.batch},
      {"repeats", ms.count},
      {"min_ms", ms.min},
      {"p50_ms", ms.p50},
      {"p90_ms", ms.p90},
      {"p95_ms", ms.p95},
      {"p99_ms", ms.p99},
      {"max_ms", ms.max},
      {"mean_ms", ms.mean},
      {"mad_ms", ms.mad},
      {"pictures_per_second", static_cast<double>(report.result.pictures) / report.result.wall_seconds},
      {"direct_gflops", report.direct_gflops},
      {"fma_peak_gflops", report.fma_peak_gflops},
      {"share_of_peak", ShareOfPeak(report)},
      {"peak_rss_mb", static_cast<double>(measure::PeakMemoryBytes()) / 1e6},
      {"machine",
       {{"processor", machine.processor},
        {"processors", machine.processors},
        {"memory_bytes", machine.memory_bytes},
        {"megahertz", machine.megahertz},
        {"used_by_others", report.others_share}}}};
  fmt::print("{}\n", json.dump(2));
}

void PrintText(const Report& report) {
  const measure::Summary& ms = report.milliseconds;
  const int batch = report.options.bench.batch;
  fmt::print("{} times inference on image: synthetic at {:.6f} seconds/image\n", report.result.pictures, ms.p50 / 1e3 / batch);
  fmt::print("  model       {} {}x{} for {}\n", report.model.name(), report.result.resolution.width, report.result.resolution.height,
             kernels::TargetName(report.target));
  fmt::print("  in use      {} replica{} of {} thread{}, batch {}\n", report.options.bench.replicas, report.options.bench.replicas == 1 ? "" : "s",
             report.result.threads, report.result.threads == 1 ? "" : "s", batch);
  fmt::print("  a call      p50 {:.3f} ms, p90 {:.3f}, p95 {:.3f}, p99 {:.3f}, least {:.3f}, most {:.3f}\n", ms.p50, ms.p90, ms.p95, ms.p99,
             ms.min, ms.max);
  fmt::print("  throughput  {:.2f} images/second\n", static_cast<double>(report.result.pictures) / report.result.wall_seconds);
  fmt::print("  arithmetic  {:.0f} GFLOP/s as done directly, {:.0f} % of the FMA peak of these cores ({:.0f} each)\n", report.direct_gflops,
             100 * ShareOfPeak(report), report.fma_peak_gflops);
  fmt::print("  memory      {} at most\n", HumanBytes(measure::PeakMemoryBytes()));
}

Status Run(const Options& options) {
  if (!options.network_only) return InvalidArgument("only the network alone can be measured yet: give --network-only");
  SINEW_ASSIGN_OR_RETURN(const Report report, Measure(options));
  if (report.others_share > measure::kDisturbed) {
    fmt::print(stderr, "sinew: warning: others used {:.0f} % of this machine meanwhile, the times are not its own\n", 100 * report.others_share);
  }
  options.json ? PrintJson(report) : PrintText(report);
  return Status();
}

}  // namespace

void AddBenchCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", "Measure how fast a model is on this machine");
  command->add_option("MODEL", options->model, "Artifact (.sinew), graph, or name of a model")->required();
  command->add_flag("--network-only", options->network_only, "The network alone, on random pictures");
  command->add_option("--net-resolution", options->resolution, "Network input (default: the artifact's first, or the model's own)")->type_name("WxH");
  command->add_option("--threads", options->bench.threads, "Threads of each replica (default: one a processor)");
  command->add_option("--replicas", options->bench.replicas, "Sessions side by side (data-parallel)")->capture_default_str();
  command->add_option("--batch", options->bench.batch, "Pictures a call")->capture_default_str();
  command->add_option("--warmup", options->bench.warmup, "Calls before the measured ones")->capture_default_str();
  command->add_option("--repeats", options->bench.repeats, "Measured calls of each replica")->capture_default_str();
  command->add_option("--duration", options->bench.seconds, "Measure for so many seconds instead");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples:\n  sinew bench mobilenet_thin --network-only\n  sinew bench model.sinew --network-only --threads 1 --replicas 2 --repeats 50 --json");
  command->callback([=] {
    *action = [=] {
      const Status status = Run(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
