// What the benchmark programs share: the command line, timing, and how failures end.
#pragma once

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simd/target.h"

namespace sinew::bench {

class Program {
 public:
  explicit Program(const std::string& description);

  // For options beside --target and Google Benchmark's own.
  CLI::App& app() { return app_; }
  // The exit code where there is nothing to run.
  std::optional<int> Parse(int argc, char** argv);
  simd::Target target() const { return target_; }

  struct Rate {
    double seconds = 0;      // median run
    double peak_gflops = 0;  // of fused multiply-adds in registers, measured just before
    // Of this many multiply-adds per run.
    double ShareOfPeak(double multiply_adds) const { return 2e-9 * multiply_adds / seconds / peak_gflops; }
  };
  // Times `run` on the calling thread, calling `before` ahead of each run. Counters, by the median run: median_ms and,
  // where there are multiply-adds, GFLOP/s and peak%, their share of the FMA peak.
  Rate Time(benchmark::State& state, double multiply_adds, const std::function<void()>& run,
            const std::function<void()>& before = {});
  // Ends a benchmark, and the program with exit code 1.
  void Fail(benchmark::State& state, const std::string& message);

  // Runs what was registered and gives the exit code.
  int Run();

 private:
  CLI::App app_;
  std::string target_name_;
  std::vector<std::string> arguments_;  // Google Benchmark keeps pointers to them
  simd::Target target_ = simd::Target::kScalar;
  bool failed_ = false;
};

}  // namespace sinew::bench
