// Points and bars.
#include "measure/report/chart_data.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

namespace sinew::report {
namespace {

using OrderedJson = nlohmann::ordered_json;
using documents::Bench;

OrderedJson Value(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(); }

OrderedJson Machines(const Report& report) {
  OrderedJson bars = OrderedJson::array();
  for (const price::CostRow& row : report.rows) {
    bars.push_back({{"label", fmt::format("{} · {}", row.machine, row.configuration)},
                    {"machine", row.machine},
                    {"kind", row.published             ? "published"
                             : row.disturbance.empty() ? "measured"
                                                       : "disturbed"},
                    {"images_per_second", row.pictures_per_second()},
                    {"cost", Value(row.cost_of_1000())},
                    {"currency", row.price ? row.price->currency : ""},
                    {"p50_ms", Value(row.p50_ms)},
                    {"agreement", Value(row.agreement)},
                    {"pareto", row.pareto}});
  }
  return bars;
}

OrderedJson Latency(const Report& report) {
  OrderedJson curves = OrderedJson::array();
  for (size_t i = 0; i < report.documents.benches.size(); ++i) {
    curves.push_back({{"label", fmt::format("{} · {}", report.rows[i].machine, report.rows[i].configuration)},
                      {"quantiles", report.documents.benches[i].quantiles_ms}});
  }
  return curves;
}

// Throughput over one number of the configuration. A line is made of benchmarks that are alike but for it; one point is
// none.
OrderedJson Scaling(const Report& report, int Bench::*number) {
  std::map<std::string, std::map<int, double>> lines;
  for (size_t i = 0; i < report.documents.benches.size(); ++i) {
    Bench bench = report.documents.benches[i];
    if (bench.rate) continue;
    const int x = bench.*number;
    bench.*number = 0;
    std::string line =
        fmt::format("{} · {} {} {}{}", report.rows[i].machine, price::ModelName(report.documents, bench),
                    bench.resolution, bench.target, bench.workload == "network" ? ", network alone" : "");
    if (bench.threads > 0) line += fmt::format(", {} thread{}", bench.threads, bench.threads == 1 ? "" : "s");
    if (bench.replicas > 1) line += fmt::format(", {} networks", bench.replicas);
    if (bench.batch > 1) line += fmt::format(", batch {}", bench.batch);
    if (bench.smoothing_taps) line += fmt::format(", {} taps", *bench.smoothing_taps);
    if (bench.resize_out_ratio) line += fmt::format(", ratio {}", *bench.resize_out_ratio);
    lines[line][x] = bench.pictures_per_second;
  }
  OrderedJson points = OrderedJson::array();
  for (const auto& [line, by_x] : lines) {
    if (by_x.size() < 2) continue;
    for (const auto& [x, y] : by_x) points.push_back({{"line", line}, {"x", x}, {"images_per_second", y}});
  }
  return points;
}

OrderedJson Entries(const std::vector<documents::ProfileEntry>& entries) {
  OrderedJson bars = OrderedJson::array();
  for (const documents::ProfileEntry& entry : entries) bars.push_back({{"name", entry.name}, {"ms", entry.mean_ms}});
  return bars;
}

}  // namespace

OrderedJson ChartData(const Report& report) {
  OrderedJson profiles = OrderedJson::array();
  for (const documents::Profile& profile : report.documents.profiles)
    profiles.push_back({{"stages", Entries(profile.stages)}, {"steps", Entries(profile.steps)}});
  return {{"machines", Machines(report)},
          {"latency", Latency(report)},
          {"threads", Scaling(report, &Bench::threads)},
          {"cores", Scaling(report, &Bench::replicas)},
          {"batches", Scaling(report, &Bench::batch)},
          {"profiles", profiles}};
}

}  // namespace sinew::report
