// Costs as a table and as JSON.
#include "cost_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "print.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

using OrderedJson = nlohmann::ordered_json;
using price::CostRow;

// Six significant digits: nothing is rounded to cents.
std::string Figure(const std::optional<double>& value) { return value ? fmt::format("{:.6g}", *value) : "-"; }

OrderedJson OrNull(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(); }

OrderedJson RowJson(const CostRow& row, const price::Requirements& wanted) {
  OrderedJson json = {{"machine", row.machine},
                      {"hardware", row.hardware},
                      {"configuration", row.configuration},
                      {"model", row.model},
                      {"resolution", row.resolution},
                      {"published", row.published},
                      {"projection", row.projection},
                      {"disturbance", row.disturbance.empty() ? OrderedJson() : OrderedJson(row.disturbance)},
                      {"source", row.published ? OrderedJson(row.source) : OrderedJson()},
                      {"seconds_per_image", row.seconds_per_image},
                      {"images_per_second", row.pictures_per_second()},
                      {"p50_ms", OrNull(row.p50_ms)},
                      {"p99_ms", OrNull(row.p99_ms)},
                      {"agreement", OrNull(row.agreement)},
                      {"ap", OrNull(row.ap)},
                      {"price_per_hour", row.price ? OrderedJson(row.price->per_hour) : OrderedJson()},
                      {"currency", row.price ? OrderedJson(row.price->currency) : OrderedJson()},
                      {"market", row.price ? OrderedJson(row.price->market) : OrderedJson()},
                      {"price_region", row.price ? OrderedJson(row.price->region) : OrderedJson()},
                      {"price_date", row.price ? OrderedJson(row.price->date) : OrderedJson()},
                      {"price_source", row.price ? OrderedJson(row.price->source) : OrderedJson()},
                      {"price_verified", row.price ? OrderedJson(row.price->verified) : OrderedJson()},
                      {"price_caveat", row.price_caveat.empty() ? OrderedJson() : OrderedJson(row.price_caveat)},
                      {"seconds_per_1000", 1000 * row.seconds_per_image},
                      {"cost_per_1000", OrNull(row.cost_of_1000())},
                      {"images_per_unit", OrNull(row.images_per_unit())},
                      {"pareto", row.pareto}};
  if (wanted.load) json["machines"] = MachinesFor(*wanted.load, row);
  return json;
}

}  // namespace

void PrintCosts(const std::vector<CostRow>& rows, const price::Requirements& wanted) {
  size_t machine = 7, configuration = 13;
  for (const CostRow& row : rows) {
    machine = std::max(machine, row.machine.size());
    configuration = std::max(configuration, row.configuration.size());
  }
  const auto priced = std::find_if(rows.begin(), rows.end(), [](const CostRow& row) { return row.price.has_value(); });
  const std::string currency = priced == rows.end() ? "" : priced->price->currency;
  Print("  {:<{}}  {:<{}} {:>11} {:>10} {:>10} {:>9} {:>10} {:>12} {:>11} {:>9}{}\n", "machine", machine,
        "configuration", configuration, "s/image", "images/s", "s/1000", currency + "/h", currency + "/1000",
        "images/" + (currency.empty() ? "unit" : currency), "p50 ms", "agreement",
        wanted.load ? fmt::format(" {:>9}", "machines") : "");
  for (const CostRow& row : rows) {
    Print("{} {:<{}}  {:<{}} {:>11} {:>10} {:>10} {:>9} {:>10} {:>12} {:>11} {:>9}{}\n",
          row.published              ? 'p'
          : !row.disturbance.empty() ? '!'
          : row.pareto               ? '*'
                                     : ' ',
          row.machine, machine, row.configuration, configuration, Figure(row.seconds_per_image),
          Figure(row.pictures_per_second()), Figure(1000 * row.seconds_per_image),
          Figure(row.price ? std::optional(row.price->per_hour) : std::nullopt), Figure(row.cost_of_1000()),
          Figure(row.images_per_unit()), Figure(row.p50_ms), Figure(row.agreement),
          wanted.load ? fmt::format(" {:>9}", MachinesFor(*wanted.load, row)) : "");
  }
  Print("* no other one is as cheap, as quick and as accurate");
  const auto published = std::find_if(rows.begin(), rows.end(), [](const CostRow& row) { return row.published; });
  if (published != rows.end()) Print("; p published, with another program: {}", published->source);
  Print("\n");
  std::vector<std::string> told;
  for (const CostRow& row : rows) {
    if (row.disturbance.empty() || std::find(told.begin(), told.end(), row.disturbance) != told.end()) continue;
    Print("! not compared: {}\n", row.disturbance);
    told.push_back(row.disturbance);
  }
  for (const std::string& line : price::PriceLines(rows)) Print("{}\n", line);
}

void PrintChoice(const std::vector<CostRow>& rows, const price::Choice& choice, const price::Requirements& wanted) {
  if (!choice.row) return;
  const CostRow& row = rows[*choice.row];
  Print("cheapest: {}, {}: {} {} for 1000 images, {} images/s", row.machine, row.configuration,
        Figure(row.cost_of_1000()), row.price->currency, Figure(row.pictures_per_second()));
  if (wanted.load) {
    Print("; {} machine{} for {} images/s, {} {}/h", choice.machines, choice.machines == 1 ? "" : "s", *wanted.load,
          Figure(static_cast<double>(choice.machines) * row.price->per_hour), row.price->currency);
  }
  Print("\n");
}

void PrintCostsJson(const std::vector<CostRow>& rows, const price::Choice* choice, const price::Requirements& wanted) {
  OrderedJson list = OrderedJson::array();
  for (const CostRow& row : rows) list.push_back(RowJson(row, wanted));
  OrderedJson json = {{"cost_format", 1}, {"version", kVersion}, {"rows", list}};
  if (choice != nullptr) {
    json["cheapest"] = choice->row ? OrderedJson{{"row", *choice->row}, {"machines", choice->machines}} : OrderedJson();
    if (!choice->row) json["why_none"] = choice->why;
  }
  PrintJson(json);
}

}  // namespace sinew::cli
