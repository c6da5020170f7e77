// A table, the cheapest plan first; and JSON.
#include "corpus_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "print.h"
#include "sinew/version.h"

namespace sinew::cli {

void PrintPlans(const std::vector<price::CostRow>& rows, const std::vector<price::CorpusPlan>& plans,
                const price::CorpusOptions& options) {
  Print("{} pictures within {:.6g} hours:\n", options.pictures, options.finish_within_hours);
  PrintRaw(stdout, fmt::format("{:>9}  {:>8}  {:>13}  {:>11}  {:>10}  {}\n", "machines", "hours", "machine hours",
                               "pictures/s", "cost", "machine and configuration"));
  for (const price::CorpusPlan& plan : plans) {
    const price::CostRow& row = rows[plan.row];
    PrintRaw(stdout, fmt::format("{:>9}  {:>8.2f}  {:>13.1f}  {:>11.1f}  {:>10.2f}  ", plan.machines, plan.hours,
                                 plan.machine_hours, plan.pictures_per_second, plan.cost()));
    Print("{} {}, {}\n", row.price->currency, row.machine, row.configuration);
  }
}

void PrintPlansJson(const std::vector<price::CostRow>& rows, const std::vector<price::CorpusPlan>& plans,
                    const price::CorpusOptions& options) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const price::CorpusPlan& plan : plans) {
    const price::CostRow& row = rows[plan.row];
    list.push_back({{"machine", row.machine},
                    {"configuration", row.configuration},
                    {"machines", plan.machines},
                    {"hours", plan.hours},
                    {"machine_hours", plan.machine_hours},
                    {"pictures_per_second", plan.pictures_per_second},
                    {"machines_cost", plan.machines_cost},
                    {"store_cost", plan.store_cost},
                    {"cost", plan.cost()},
                    {"currency", row.price->currency}});
  }
  PrintJson({{"producer", std::string("sinew ") + kVersion},
             {"pictures", options.pictures},
             {"finish_within_hours", options.finish_within_hours},
             {"interruptions_per_hour", options.interruptions_per_hour},
             {"plans", std::move(list)}});
}

}  // namespace sinew::cli
