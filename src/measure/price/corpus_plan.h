// How many machines a corpus takes within a time, and what that costs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/price/cost.h"
#include "sinew/status.h"

namespace sinew::price {

struct CorpusOptions {
  int64_t pictures = 0;
  double finish_within_hours = 0;
  // Of spot machines: how often an hour one is taken away, and how long it takes until another works in its place. What
  // was done until then is kept (--resume, shards, a queue), so that nothing else is lost.
  double interruptions_per_hour = 0, restart_minutes = 5;
  double start_minutes = 5;         // until a machine that was asked for works
  double store_price_per_1000 = 0;  // of read requests to a store, one a picture
};

struct CorpusPlan {
  size_t row = 0;  // of the table of costs
  int64_t machines = 0;
  double hours = 0;  // until all is done
  double machine_hours = 0;
  double machines_cost = 0, store_cost = 0;
  double pictures_per_second = 0;  // of all machines: what a store and a queue must deliver
  double cost() const { return machines_cost + store_cost; }
};

// For each row with a price that was measured undisturbed, the fewest machines that finish in time; the cheapest plan
// first, of equally dear ones that with fewer machines. kInvalidArgument for numbers that make no sense, or where
// starting alone takes longer than there is time.
Result<std::vector<CorpusPlan>> PlanCorpus(const std::vector<CostRow>& rows, const CorpusOptions& options);

// "8h", "90m", "2d", "3600s" as hours. kInvalidArgument.
Result<double> ParseHours(const std::string& text);

}  // namespace sinew::price
