// What `sinew bench` prints: text for people, JSON and CSV for programs. The JSON is read by `sinew cost` and `sinew
// report`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/bench.h"
#include "measure/instance.h"
#include "measure/machine.h"
#include "measure/statistics.h"
#include "simd/target.h"

namespace sinew::cli {

// One configuration, measured.
struct BenchRecord {
  std::string model;
  uint64_t model_xxh3 = 0;
  simd::Target target = {};  // that ran: the model's, unless another was forced
  std::string measured_at;   // "2026-11-23T19:30:00Z"
  std::string picture;       // its name, "3 pictures"
  bool end_to_end = false;
  double load_seconds = 0;  // of the compiled model, its weights not yet touched
  measure::BenchOptions options;
  measure::BenchResult result;
  measure::Summary milliseconds;       // a call
  std::vector<double> percentiles_ms;  // a call: percentiles 0, 1 ... 100
  double direct_gflops = 0;            // of what a direct computation would do, all replicas together
  double fma_peak_gflops = 0;          // of one core
  uint64_t peak_memory_bytes = 0;
  double others_share = 0;

  double pictures_per_second() const { return static_cast<double>(result.pictures) / result.load.wall_seconds; }
  double share_of_peak() const;
};

struct BenchMachine {
  measure::Machine machine;
  std::optional<measure::Instance> instance;
};

// One record: everything about it. Several: a line each.
void PrintBenchText(const std::vector<BenchRecord>& records);
// One record: an object. Several: an array of them.
void PrintBenchJson(const std::vector<BenchRecord>& records, const BenchMachine& machine);
// A header and a row a record.
void PrintBenchCsv(const std::vector<BenchRecord>& records, const BenchMachine& machine);

}  // namespace sinew::cli
