// What it costs to find the people in pictures: measured configurations with the prices of their machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/documents/documents.h"
#include "measure/price/price_book.h"
#include "sinew/status.h"

namespace sinew::price {

struct CostOptions {
  std::string market = "on-demand";
  // What a machine is that does not know its instance type; empty: unknown, and without a price.
  std::string instance;
  bool published = true;        // with the figures of others
  bool with_disturbed = false;  // measurements that the machine did not have for itself compete like others
};

// One configuration on one machine.
struct CostRow {
  std::string machine;        // instance type; where unknown, the processor
  std::string hardware;       // processor, "2 processors"
  std::string configuration;  // "cmu 656x368 avx2, 2 x 1 thread, 25 taps, ratio 4"
  std::string model, resolution;
  bool published = false;        // somebody else's, with another program
  bool projection = false;       // of these: not measured by them, but calculated
  std::string disturbance;       // why the times are not the machine's own; empty where they are, or are to count
  bool network_only = false;     // without the way from a picture to the network's input, and from the maps to people
  std::string source;            // of the published figure
  double seconds_per_image = 0;  // of the whole machine
  std::optional<double> p50_ms, p99_ms;  // a call's
  std::optional<double> agreement, ap;   // where it was evaluated
  std::optional<Price> price;
  std::string
      price_caveat;     // why the price may be another one: of another region, of another market; empty where it fits
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

// The model of a benchmark. Where others were made with another model of the same name for the same resolution and
// processor, the start of its checksum tells them apart.
std::string ModelName(const documents::Documents& documents, const documents::Bench& bench);

// A row for each benchmark, in their order, then one for each published figure; the Pareto front is marked.
// kInvalidArgument where prices have several currencies.
Result<std::vector<CostRow>> CostTable(const documents::Documents& documents, const PriceBook& book,
                                       const CostOptions& options);

// A line for each price that measured rows have, with what is known of it: "c6a.large: 0.0765 USD/h, on-demand,
// --price".
std::vector<std::string> PriceLines(const std::vector<CostRow>& rows);

// Marks the undisturbed measured rows with a price that no other such row beats: none is as cheap, as quick (p50) and
// as accurate, and better in one of these. A row that was not evaluated is less accurate than any that was. The network
// alone is not compared with the whole way from pictures to people: where both were measured, it is left out.
void MarkParetoFront(std::vector<CostRow>* rows);

struct Requirements {
  std::optional<double> deadline_ms;    // that 99 % of the calls meet
  std::optional<double> min_fps;        // pictures a second of one machine
  std::optional<double> max_cost;       // of 1000 pictures
  std::optional<double> min_agreement;  // F1
  std::optional<double> load;           // pictures a second of all machines together
};

// Pictures a second. With the slowest figure that documents may have, the number of machines stays one of 64 bits.
inline constexpr double kMaxLoad = 1e9;

// How many machines serve a load of at most kMaxLoad.
int64_t MachinesFor(double load, const CostRow& row);

struct Choice {
  std::optional<size_t> row;  // the cheapest one that meets all requirements
  int64_t machines = 1;       // that it takes
  // Where there is none: how many rows fail each requirement, in words.
  std::string why;
};

// Of the rows that MarkParetoFront compares. With a load, the cheapest is the one whose machines cost least together.
// Of equally dear ones, that with the lower cost of a picture, then the quicker one.
Choice Choose(const std::vector<CostRow>& rows, const Requirements& requirements);

}  // namespace sinew::price
