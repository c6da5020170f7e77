// What it costs to find the people on pictures: measured configurations with the prices of their machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "price/documents.h"
#include "price/price_book.h"
#include "sinew/status.h"

namespace sinew::price {

struct CostOptions {
  std::string market = "on-demand";
  // What a machine is that does not know its instance type; empty: unknown, and without a price.
  std::string instance;
  bool published = true;  // with the figures of others
};

// One configuration on one machine.
struct CostRow {
  std::string machine;        // instance type; where unknown, the processor
  std::string hardware;       // processor, "2 processors"
  std::string configuration;  // "cmu 656x368 avx2, 2 x 1 thread"
  std::string model, resolution;
  bool published = false;     // measured by somebody else, with another program
  bool network_only = false;  // without the way from a picture to the network's input, and from the maps to people
  std::string source;         // of the published figure
  double seconds_per_image = 0;  // of the whole machine
  std::optional<double> p50_ms, p99_ms;      // a call's
  std::optional<double> agreement, ap;  // where it was evaluated
  std::optional<Price> price;
  bool pareto = false;  // see MarkParetoFront

  double pictures_per_second() const { return 1 / seconds_per_image; }
  // In the price's currency; nothing without a price.
  std::optional<double> cost_of_1000() const {
    if (!price) return std::nullopt;
    return price->per_hour / 3600 * seconds_per_image * 1000;
  }
  std::optional<double> images_per_unit() const {  // for one dollar
    const auto cost = cost_of_1000();
    if (!cost || !(*cost > 0)) return std::nullopt;
    return 1000 / *cost;
  }
};

// A row for each benchmark, in their order, then one for each published figure; the Pareto front is marked. kInvalidArgument
// where prices have several currencies.
Result<std::vector<CostRow>> CostTable(const Documents& documents, const PriceBook& book, const CostOptions& options);

// Marks the measured rows with a price that no other such row beats: none is as cheap, as quick (p50) and as accurate, and
// better in one of these. A row that was not evaluated is less accurate than any that was. The network alone is not
// compared with the whole way from pictures to people: where both were measured, it is left out.
void MarkParetoFront(std::vector<CostRow>* rows);

struct Requirements {
  std::optional<double> deadline_ms;    // that 99 % of the calls meet
  std::optional<double> min_fps;        // pictures a second of one machine
  std::optional<double> max_cost;       // of 1000 pictures
  std::optional<double> min_agreement;  // F1
  std::optional<double> load;           // pictures a second of all machines together
};

// How many machines serve a load.
int64_t MachinesFor(double load, const CostRow& row);

struct Choice {
  std::optional<size_t> row;  // the cheapest one that meets all requirements
  int64_t machines = 1;       // that it takes
  // Where there is none: how many rows fail each requirement, in words.
  std::string why;
};

// Of the rows that MarkParetoFront compares. With a load, the cheapest is the one whose machines cost least together.
Choice Choose(const std::vector<CostRow>& rows, const Requirements& requirements);

}  // namespace sinew::price
