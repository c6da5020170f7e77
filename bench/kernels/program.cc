// Command line and timing of the benchmark programs.
#include "program.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/processor.h"
#include "measure/fma_peak.h"
#include "measure/machine.h"
#include "measure/statistics.h"
#include "runtime/flush_denormals.h"

namespace sinew::bench {
namespace {

Result<simd::Target> ChooseTarget(const std::string& name) {
  if (name.empty()) return simd::DefaultTarget();
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::ParseTarget(name));
  if (!simd::IsSupported(target)) return InvalidArgument("this processor or build lacks {}", name);
  return target;
}

}  // namespace

Program::Program(const std::string& description) : app_(description) {
  app_.allow_extras();
  app_.add_option("--target", target_name_,
                  "Instruction set (default: SINEW_FORCE_TARGET, else this processor's best)");
  app_.footer(
      "Options of Google Benchmark: --benchmark_filter=REGEX, --benchmark_min_time=SECONDS, --benchmark_format=json "
      "...\n"
      "Exit codes: 0 done, 1 a result was wrong, 2 wrong command line.");
}

std::optional<int> Program::Parse(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_.exit(error) == 0 ? 0 : 2;
  }
  arguments_ = app_.remaining();
  arguments_.insert(arguments_.begin(), argv[0]);
  std::vector<char*> pointers;
  for (std::string& argument : arguments_) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  const Result<simd::Target> target = ChooseTarget(target_name_);
  if (!target.ok()) {
    fmt::print(stderr, "{}: {}\n", argv[0], target.status().message());
    return 2;
  }
  target_ = *target;
  benchmark::AddCustomContext("processor", ProcessorName());
  benchmark::AddCustomContext("target", std::string(simd::TargetName(target_)));
  benchmark::AddCustomContext("fma_peak_gflops", fmt::format("{:.1f}", measure::FmaPeakGflops(target_)));
  return std::nullopt;
}

Program::Rate Program::Time(benchmark::State& state, double multiply_adds, const std::function<void()>& run,
                            const std::function<void()>& before) {
  using Clock = std::chrono::steady_clock;
  Rate rate{.peak_gflops = measure::FmaPeakGflops(target_)};
  std::vector<double> seconds;
  for ([[maybe_unused]] auto _ : state) {
    if (before) {
      state.PauseTiming();
      before();
      state.ResumeTiming();
    }
    const Clock::time_point start = Clock::now();
    run();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  rate.seconds = measure::Summarise(std::move(seconds)).p50;
  state.counters["median_ms"] = rate.seconds * 1e3;
  if (multiply_adds > 0) {
    state.counters["GFLOP/s"] = 2e-9 * multiply_adds / rate.seconds;
    state.counters["peak%"] = 100 * rate.ShareOfPeak(multiply_adds);
  }
  return rate;
}

void Program::Fail(benchmark::State& state, const std::string& message) {
  failed_ = true;
  state.SkipWithError(message.c_str());
}

int Program::Run() {
  const runtime::FlushDenormals flush;  // as sessions do
  const measure::OthersLoad others;
  benchmark::RunSpecifiedBenchmarks();
  if (const double share = others.Share(); share > measure::kDisturbed) {
    fmt::print(stderr, "warning: others used {:.0f} % of this machine meanwhile\n", 100 * share);
  }
  return failed_ ? 1 : 0;
}

}  // namespace sinew::bench
