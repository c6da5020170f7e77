// Documents and costs as rows of text.
#include "measure/report/tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "sinew/version.h"

namespace sinew::report {
namespace {

using price::CostRow;

constexpr size_t kShownSteps = 20;

// So many significant digits, and all those before the point.
std::string Figure(const std::optional<double>& value, int digits = 4) {
  if (!value) return "–";
  const bool whole = std::abs(*value) >= std::pow(10, digits) && std::abs(*value) < 1e15;
  return whole ? fmt::format("{:.0f}", *value) : fmt::format("{:.{}g}", *value, digits);
}

Table CostTable(const Report& report) {
  const auto priced =
      std::find_if(report.rows.begin(), report.rows.end(), [](const CostRow& row) { return row.price.has_value(); });
  const std::string currency = priced == report.rows.end() ? "money" : priced->price->currency;
  Table table{"costs",
              "Cost of finding people",
              "",
              {{"Machine"},
               {"Hardware"},
               {"Configuration"},
               {"Whose figure"},
               {"s/image", true},
               {"images/s", true},
               {"s for 1000", true},
               {currency + "/h", true},
               {currency + " for 1000", true},
               {"images/" + currency, true},
               {"Agreement", true}},
              {}};
  std::string source;
  for (const CostRow& row : report.rows) {
    if (row.published) source = row.source;
    table.rows.push_back(
        {{row.machine, row.hardware, row.configuration,
          row.projection             ? "published projection"
          : row.published            ? "published"
          : !row.disturbance.empty() ? "measured, but " + row.disturbance
          : row.pareto               ? "measured, on the Pareto front"
                                     : "measured",
          Figure(row.seconds_per_image), Figure(row.pictures_per_second()), Figure(1000 * row.seconds_per_image),
          Figure(row.price ? std::optional(row.price->per_hour) : std::nullopt), Figure(row.cost_of_1000()),
          Figure(row.images_per_unit()), Figure(row.agreement)},
         row.published              ? "published"
         : !row.disturbance.empty() ? "disturbed"
         : row.pareto               ? "pareto"
                                    : ""});
  }
  table.note =
      "Measured: with sinew, by `sinew bench`. On the Pareto front: no other configuration is as cheap, as quick and "
      "as accurate.";
  const bool has_disturbed =
      std::any_of(report.rows.begin(), report.rows.end(), [](const CostRow& row) { return !row.disturbance.empty(); });
  if (has_disturbed) table.note += " What was disturbed while it was measured is not compared.";
  const std::vector<std::string> prices = price::PriceLines(report.rows);
  if (!prices.empty()) table.note += fmt::format(" Prices: {}.", fmt::join(prices, "; "));
  if (!source.empty()) table.note += " Published: with other programs, not measured here; source: " + source + ".";
  return table;
}

Table LatencyTable(const Report& report) {
  Table table{"latency",
              "Latency of a call",
              "Milliseconds. Under a load of N calls/s, a call counts from its arrival.",
              {{"Machine"},
               {"Configuration"},
               {"Calls", true},
               {"least", true},
               {"p50", true},
               {"p90", true},
               {"p95", true},
               {"p99", true},
               {"most", true},
               {"Memory, MB", true},
               {"Used by others, %", true}},
              {}};
  for (size_t i = 0; i < report.documents.benches.size(); ++i) {
    const documents::Bench& bench = report.documents.benches[i];
    const CostRow& row = report.rows[i];
    table.rows.push_back(
        {{row.machine, row.configuration, std::to_string(bench.repeats), Figure(bench.quantiles_ms[0]),
          Figure(bench.p50_ms), Figure(bench.p90_ms), Figure(bench.quantiles_ms[95]), Figure(bench.p99_ms),
          Figure(bench.quantiles_ms[100]), Figure(bench.peak_rss_mb), Figure(100 * bench.machine.used_by_others, 2)},
         ""});
  }
  return table;
}

std::string ConfigurationName(const documents::EvaluatedConfiguration& configuration) {
  if (!configuration.results.empty()) return configuration.results;
  return fmt::format("{} {}{}, {} taps, ratio {}", configuration.model, configuration.resolution,
                     configuration.resize_mode == "pad" ? " padded" : "", configuration.smoothing_taps,
                     configuration.resize_out_ratio);
}

std::optional<double> F1(const documents::Evaluation& evaluation) {
  return evaluation.agreement ? std::optional(evaluation.agreement->f1) : std::nullopt;
}

std::optional<double> MeanOks(const documents::Evaluation& evaluation) {
  return evaluation.agreement ? std::optional(evaluation.agreement->mean_oks) : std::nullopt;
}

std::optional<double> AveragePrecision(const documents::Evaluation& evaluation) {
  return evaluation.coco && evaluation.coco->ap >= 0 ? std::optional(evaluation.coco->ap) : std::nullopt;
}

Table EvaluationTable(const Report& report) {
  Table table{"evaluations",
              "Accuracy",
              "Agreement without annotations (F1, OKS), or average precision (AP) with them: `sinew eval`.",
              {{"Configuration"}, {"Against"}, {"Pictures", true}, {"F1", true}, {"mean OKS", true}, {"AP", true}},
              {}};
  for (const documents::Evaluation& evaluation : report.documents.evaluations) {
    table.rows.push_back({{ConfigurationName(evaluation.configuration),
                           evaluation.reference ? ConfigurationName(*evaluation.reference) : "annotations",
                           std::to_string(evaluation.pictures), Figure(F1(evaluation)), Figure(MeanOks(evaluation)),
                           Figure(AveragePrecision(evaluation))},
                          ""});
  }
  return table;
}

Table StageTable(const documents::Profile& profile, size_t index) {
  Table table{fmt::format("stages{}", index),
              fmt::format("Where the time goes: {} {}, {} thread{}", profile.model, profile.resolution, profile.threads,
                          profile.threads == 1 ? "" : "s"),
              fmt::format("Means of a call of {:.4g} ms on {}: `sinew profile`.", profile.wall_ms_mean,
                          profile.machine.processor) +
                  (DescribeDisturbance(profile.machine).empty()
                       ? ""
                       : fmt::format(" Not its own times: {}.", DescribeDisturbance(profile.machine))),
              {{"Part"}, {"mean ms", true}, {"%", true}},
              {}};
  for (const documents::ProfileEntry& stage : profile.stages)
    table.rows.push_back({{stage.name, Figure(stage.mean_ms), Figure(100 * stage.share, 3)}, ""});
  return table;
}

Table StepTable(const documents::Profile& profile, size_t index) {
  std::vector<documents::ProfileEntry> steps = profile.steps;
  std::stable_sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.mean_ms > b.mean_ms; });
  Table table{fmt::format("steps{}", index),
              fmt::format("Steps of the network that take longest: {} {}", profile.model, profile.resolution),
              "GFLOP/s: what a direct computation would do in that time; done: what the algorithm does.",
              {{"Step"}, {"Algorithm"}, {"mean ms", true}, {"%", true}, {"GFLOP/s", true}, {"done", true}},
              {}};
  if (steps.size() > kShownSteps) {
    table.note += fmt::format(" {} shorter steps are left out.", steps.size() - kShownSteps);
    steps.resize(kShownSteps);
  }
  for (const documents::ProfileEntry& step : steps) {
    table.rows.push_back({{step.name, step.algorithm, Figure(step.mean_ms), Figure(100 * step.share, 3),
                           Figure(step.direct_gflops), Figure(step.actual_gflops)},
                          ""});
  }
  return table;
}

}  // namespace

std::vector<Table> MakeTables(const Report& report) {
  std::vector<Table> tables = {CostTable(report), LatencyTable(report), EvaluationTable(report)};
  for (size_t i = 0; i < report.documents.profiles.size(); ++i) {
    tables.push_back(StageTable(report.documents.profiles[i], i));
    tables.push_back(StepTable(report.documents.profiles[i], i));
  }
  std::erase_if(tables, [](const Table& table) { return table.rows.empty(); });
  return tables;
}

std::string Provenance(const Report& report) {
  std::set<std::string> days, machines;
  const auto add = [&machines](const documents::Machine& machine) {
    if (machine.processor.empty()) return;
    std::string name =
        fmt::format("{} ({} processor{})", machine.processor, machine.processors, machine.processors == 1 ? "" : "s");
    if (!machine.gpu.empty()) name += " with " + machine.gpu;
    machines.insert(std::move(name));
  };
  for (const documents::Bench& bench : report.documents.benches) {
    add(bench.machine);
    if (!bench.measured_at.empty()) days.insert(bench.measured_at.substr(0, bench.measured_at.find('T')));
  }
  for (const documents::Profile& profile : report.documents.profiles) add(profile.machine);
  std::string text;
  if (!machines.empty()) {
    text = "Measured ";
    if (days.size() == 1) text += *days.begin() + " ";
    if (days.size() > 1) text += fmt::format("{} to {} ", *days.begin(), *days.rbegin());
    text += fmt::format("on {}; page", fmt::join(machines, ", "));
  } else {
    text = "Page";
  }
  text += fmt::format(" made with sinew {}", kVersion);
  return text + (report.made_on.empty() ? "." : fmt::format(" on {}.", report.made_on));
}

}  // namespace sinew::report
