// Records of benchmarks as text, JSON and CSV.
#include "bench_report.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

using Json = nlohmann::ordered_json;

// The line that users of tf-pose-estimation know.
void PrintFirstLine(const BenchRecord& record) {
  fmt::print("{} times inference on image: {} at {:.6f} seconds/image\n", record.result.pictures, record.picture,
             record.milliseconds.p50 / 1e3 / record.options.batch);
}

void PrintDetails(const BenchRecord& record) {
  const measure::Summary& ms = record.milliseconds;
  const measure::BenchOptions& options = record.options;
  fmt::print("  model       {} {} for {}\n", record.model, ToString(record.result.resolution),
             simd::TargetName(record.target));
  fmt::print("  measured    {}\n", record.end_to_end ? "from the encoded picture to people" : "the network alone");
  fmt::print("  in use      {} replica{} of {} thread{}, batch {}\n", options.replicas,
             options.replicas == 1 ? "" : "s", record.result.threads, record.result.threads == 1 ? "" : "s",
             options.batch);
  fmt::print("  start       loading the compiled model {:.3f} ms, making a replica {:.3f}\n", 1e3 * record.load_seconds,
             1e3 * record.result.create_seconds);
  fmt::print("  a call      p50 {:.3f} ms, p90 {:.3f}, p95 {:.3f}, p99 {:.3f}, least {:.3f}, most {:.3f}\n", ms.p50,
             ms.p90, ms.p95, ms.p99, ms.min, ms.max);
  if (options.load.rate > 0) {
    fmt::print("  load        {} calls a second at random times; a call counts from its arrival\n", options.load.rate);
  }
  if (record.end_to_end) {
    const measure::StageMedians& stages = record.result.stages;
    fmt::print("  of which    decoding the picture {:.3f} ms, resizing {:.3f}, network {:.3f}, people {:.3f}\n",
               1e3 * stages.read, 1e3 * stages.resize, 1e3 * stages.network, 1e3 * stages.decode);
  }
  fmt::print("  throughput  {:.2f} images/second\n", record.pictures_per_second());
  fmt::print("  arithmetic  {:.0f} GFLOP/s as done directly, {:.0f} % of the FMA peak of these cores ({:.0f} each)\n",
             record.direct_gflops, 100 * record.share_of_peak(), record.fma_peak_gflops);
  fmt::print("  memory      {} at most\n", HumanBytes(record.peak_memory_bytes));
}

void PrintTable(const std::vector<BenchRecord>& records) {
  fmt::print("\n{:>11} {:>7} {:>8} {:>5} {:>5} {:>11} {:>11} {:>11} {:>9} {:>12}\n", "resolution", "threads",
             "replicas", "batch", "taps", "p50 ms", "p90 ms", "p99 ms", "images/s", "s/image");
  for (const BenchRecord& record : records) {
    fmt::print("{:>11} {:>7} {:>8} {:>5} {:>5} {:>11.3f} {:>11.3f} {:>11.3f} {:>9.2f} {:>12.6f}\n",
               ToString(record.result.resolution), record.result.threads, record.options.replicas, record.options.batch,
               record.end_to_end ? std::to_string(record.options.pose.decode.smoothing_taps) : "-",
               record.milliseconds.p50, record.milliseconds.p90, record.milliseconds.p99, record.pictures_per_second(),
               1 / record.pictures_per_second());
  }
}

Json InstanceJson(const BenchMachine& machine) {
  if (!machine.instance) return nullptr;
  return {
      {"provider", machine.instance->provider}, {"type", machine.instance->type}, {"region", machine.instance->region}};
}

Json ToJson(const BenchRecord& record, const BenchMachine& machine) {
  const measure::Summary& ms = record.milliseconds;
  const measure::BenchOptions& options = record.options;
  Json json = {{"bench_format", 1},
               {"version", kVersion},
               {"measured_at", record.measured_at},
               {"model", record.model},
               {"model_xxh3", fmt::format("{:016x}", record.model_xxh3)},
               {"target", simd::TargetName(record.target)},
               {"resolution", ToString(record.result.resolution)},
               {"workload", record.end_to_end ? "end-to-end" : "network"},
               {"picture", record.picture},
               {"loop", options.load.rate > 0 ? "open" : "closed"},
               {"rate", nullptr},
               {"threads", record.result.threads},
               {"replicas", options.replicas},
               {"batch", options.batch},
               {"smoothing_taps", nullptr},
               {"resize_out_ratio", nullptr},
               {"load_ms", 1e3 * record.load_seconds},
               {"create_ms", 1e3 * record.result.create_seconds},
               {"repeats", ms.count},
               {"min_ms", ms.min},
               {"p50_ms", ms.p50},
               {"p90_ms", ms.p90},
               {"p95_ms", ms.p95},
               {"p99_ms", ms.p99},
               {"max_ms", ms.max},
               {"mean_ms", ms.mean},
               {"mad_ms", ms.mad},
               {"quantiles_ms", record.percentiles_ms},
               {"pictures_per_second", record.pictures_per_second()},
               {"seconds_per_image", 1 / record.pictures_per_second()},
               {"stages_ms", nullptr},
               {"direct_gflops", record.direct_gflops},
               {"fma_peak_gflops", record.fma_peak_gflops},
               {"share_of_peak", record.share_of_peak()},
               {"peak_rss_mb", static_cast<double>(record.peak_memory_bytes) / 1e6},
               {"machine",
                {{"processor", machine.machine.processor},
                 {"processors", machine.machine.processors},
                 {"memory_bytes", machine.machine.memory_bytes},
                 {"megahertz", machine.machine.megahertz},
                 {"used_by_others", record.others_share},
                 {"instance", InstanceJson(machine)}}}};
  if (options.load.rate > 0) json["rate"] = options.load.rate;
  if (record.end_to_end) {
    const measure::StageMedians& stages = record.result.stages;
    json["smoothing_taps"] = options.pose.decode.smoothing_taps;
    json["resize_out_ratio"] = options.pose.decode.resize_out_ratio;
    json["stages_ms"] = {{"read", 1e3 * stages.read},
                         {"resize", 1e3 * stages.resize},
                         {"network", 1e3 * stages.network},
                         {"decode", 1e3 * stages.decode}};
  }
  return json;
}

// A cell of a CSV file (RFC 4180).
std::string Cell(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const std::string text = value.get<std::string>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

double BenchRecord::share_of_peak() const {
  const int cores = result.threads * options.replicas;
  return fma_peak_gflops > 0 ? direct_gflops / (fma_peak_gflops * cores) : 0;
}

void PrintBenchText(const std::vector<BenchRecord>& records) {
  for (const BenchRecord& record : records) PrintFirstLine(record);
  records.size() == 1 ? PrintDetails(records[0]) : PrintTable(records);
}

void PrintBenchJson(const std::vector<BenchRecord>& records, const BenchMachine& machine) {
  Json json = Json::array();
  for (const BenchRecord& record : records) json.push_back(ToJson(record, machine));
  fmt::print("{}\n", (records.size() == 1 ? json[0] : json).dump(2));
}

void PrintBenchCsv(const std::vector<BenchRecord>& records, const BenchMachine& machine) {
  bool header = true;
  for (const BenchRecord& record : records) {
    Json json = ToJson(record, machine);
    for (const char* nested : {"machine", "instance", "stages_ms"}) {
      // What is nested becomes columns of its own; what is not there, empty ones.
      const Json value = json.contains(nested) ? json[nested] : Json();
      json.erase(nested);
      if (std::string_view(nested) == "stages_ms") {
        for (const char* stage : {"read", "resize", "network", "decode"})
          json[fmt::format("{}_ms", stage)] = value.is_null() ? Json() : value[stage];
      } else if (std::string_view(nested) == "instance") {
        for (const char* part : {"provider", "type", "region"})
          json[fmt::format("instance_{}", part)] = value.is_null() ? Json() : value[part];
      } else {
        for (const auto& [key, part] : value.items()) json[key] = part;
      }
    }
    json.erase("quantiles_ms");
    std::string names, cells;
    for (const auto& [key, value] : json.items()) {
      names += (names.empty() ? "" : ",") + key;
      cells += (names.size() == key.size() ? "" : ",") + Cell(value);
    }
    if (std::exchange(header, false)) fmt::print("{}\n", names);
    fmt::print("{}\n", cells);
  }
}

}  // namespace sinew::cli
