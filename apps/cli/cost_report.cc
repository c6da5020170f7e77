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

using Json = nlohmann::ordered_json;
using price::CostRow;

// Six significant digits: nothing is rounded to cents.
std::string Figure(const std::optional<double>& value) { return value ? fmt::format("{:.6g}", *value) : "-"; }

Json Value(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json RowJson(const CostRow& row, const price::Requirements& wanted) {
  Json json = {{"machine", row.machine},
               {"hardware", row.hardware},
               {"configuration", row.configuration},
               {"model", row.model},
               {"resolution", row.resolution},
               {"published", row.published},
               {"projection", row.projection},
               {"disturbance", row.disturbance.empty() ? Json() : Json(row.disturbance)},
               {"source", row.published ? Json(row.source) : Json()},
               {"seconds_per_image", row.seconds_per_image},
               {"images_per_second", row.pictures_per_second()},
               {"p50_ms", Value(row.p50_ms)},
               {"p99_ms", Value(row.p99_ms)},
               {"agreement", Value(row.agreement)},
               {"ap", Value(row.ap)},
               {"price_per_hour", row.price ? Json(row.price->per_hour) : Json()},
               {"currency", row.price ? Json(row.price->currency) : Json()},
               {"market", row.price ? Json(row.price->market) : Json()},
               {"price_region", row.price ? Json(row.price->region) : Json()},
               {"price_date", row.price ? Json(row.price->date) : Json()},
               {"price_source", row.price ? Json(row.price->source) : Json()},
               {"price_verified", row.price ? Json(row.price->verified) : Json()},
               {"price_caveat", row.price_caveat.empty() ? Json() : Json(row.price_caveat)},
               {"seconds_per_1000", 1000 * row.seconds_per_image},
               {"cost_per_1000", Value(row.cost_of_1000())},
               {"images_per_unit", Value(row.images_per_unit())},
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
  Json list = Json::array();
  for (const CostRow& row : rows) list.push_back(RowJson(row, wanted));
  Json json = {{"cost_format", 1}, {"version", kVersion}, {"rows", list}};
  if (choice != nullptr) {
    json["cheapest"] = choice->row ? Json{{"row", *choice->row}, {"machines", choice->machines}} : Json();
    if (!choice->row) json["why_none"] = choice->why;
  }
  PrintJson(json);
}

}  // namespace sinew::cli
