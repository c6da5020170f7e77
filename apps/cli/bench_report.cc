// Benchmarks as text, JSON and CSV.
#include "bench_report.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "command.h"
#include "print.h"

namespace sinew::cli {
namespace {

using documents::Bench;
using OrderedJson = nlohmann::ordered_json;

// The line that users of tf-pose-estimation know.
void PrintFirstLine(const Bench& bench) {
  Print("{} times inference on image: {} at {:.6f} seconds/image\n", bench.repeats * bench.batch, bench.picture,
        bench.p50_ms / 1e3 / bench.batch);
}

void PrintDetails(const Bench& bench) {
  Print("  model       {} {} for {}\n", bench.model, bench.resolution, bench.target);
  Print("  measured    {}\n", bench.stages ? "from the encoded picture to people" : "the network alone");
  Print("  in use      {} replica{} of {} thread{}, batch {}\n", bench.replicas, bench.replicas == 1 ? "" : "s",
        bench.threads, bench.threads == 1 ? "" : "s", bench.batch);
  Print("  start       loading the compiled model {:.3f} ms, making a replica {:.3f}\n", bench.load_ms,
        bench.create_ms);
  Print("  a call      p50 {:.3f} ms, p90 {:.3f}, p95 {:.3f}, p99 {:.3f}, least {:.3f}, most {:.3f}\n", bench.p50_ms,
        bench.p90_ms, bench.p95_ms, bench.p99_ms, bench.min_ms, bench.max_ms);
  if (bench.rate)
    Print("  load        {} calls a second at random times; a call counts from its arrival\n", *bench.rate);
  if (const auto& stages = bench.stages) {
    Print("  of which    decoding the picture {:.3f} ms, resizing {:.3f}, network {:.3f}, people {:.3f}\n",
          stages->read, stages->resize, stages->network, stages->decode);
  }
  Print("  throughput  {:.2f} images/second\n", bench.pictures_per_second);
  if (!bench.machine.gpu.empty()) {
    Print("  arithmetic  {:.0f} GFLOP/s as done directly, by {}\n", bench.direct_gflops, bench.machine.gpu);
  } else {
    Print("  arithmetic  {:.0f} GFLOP/s as done directly, {:.0f} % of the FMA peak of these cores ({:.0f} each)\n",
          bench.direct_gflops, 100 * bench.share_of_peak, bench.fma_peak_gflops);
  }
  Print("  memory      {} at most\n", HumanBytes(static_cast<uint64_t>(bench.peak_rss_mb * 1e6)));
}

void PrintTable(const std::vector<Bench>& benches) {
  Print("\n{:>11} {:>7} {:>8} {:>5} {:>5} {:>11} {:>11} {:>11} {:>9} {:>12}\n", "resolution", "threads", "replicas",
        "batch", "taps", "p50 ms", "p90 ms", "p99 ms", "images/s", "s/image");
  for (const Bench& bench : benches) {
    Print("{:>11} {:>7} {:>8} {:>5} {:>5} {:>11.3f} {:>11.3f} {:>11.3f} {:>9.2f} {:>12.6f}\n", bench.resolution,
          bench.threads, bench.replicas, bench.batch,
          bench.smoothing_taps ? std::to_string(*bench.smoothing_taps) : "-", bench.p50_ms, bench.p90_ms, bench.p99_ms,
          bench.pictures_per_second, bench.seconds_per_image());
  }
}

// A cell of a CSV file (RFC 4180).
std::string Cell(const OrderedJson& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const std::string text = value.get<std::string>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

void PrintBenchText(const std::vector<Bench>& benches) {
  for (const Bench& bench : benches) PrintFirstLine(bench);
  benches.size() == 1 ? PrintDetails(benches[0]) : PrintTable(benches);
}

void PrintBenchJson(const std::vector<Bench>& benches) {
  OrderedJson json = OrderedJson::array();
  for (const Bench& bench : benches) json.push_back(documents::ToJson(bench));
  PrintJson(benches.size() == 1 ? json[0] : json);
}

void PrintBenchCsv(const std::vector<Bench>& benches) {
  bool header = true;
  for (const Bench& bench : benches) {
    OrderedJson json = documents::ToJson(bench);
    for (const char* nested : {"machine", "instance", "stages_ms"}) {
      // What is nested becomes columns of its own; what is not there, empty ones.
      const OrderedJson value = json.contains(nested) ? json[nested] : OrderedJson();
      json.erase(nested);
      if (std::string_view(nested) == "stages_ms") {
        for (const char* stage : {"read", "resize", "network", "decode"})
          json[fmt::format("{}_ms", stage)] = value.is_null() ? OrderedJson() : value[stage];
      } else if (std::string_view(nested) == "instance") {
        for (const char* part : {"provider", "type", "region"})
          json[fmt::format("instance_{}", part)] = value.is_null() ? OrderedJson() : value[part];
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
    if (std::exchange(header, false)) PrintRaw(stdout, names + "\n");
    PrintRaw(stdout, cells + "\n");
  }
}

}  // namespace sinew::cli
