// Time is pictures times seconds, over machines; the rest is what is lost.
#include "measure/price/corpus_plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace sinew::price {
namespace {

constexpr int64_t kMostPictures = 1'000'000'000'000;
constexpr double kMostHours = 24 * 366 * 10;

}  // namespace

Result<double> ParseHours(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const double hours = unit == "s" ? number / 3600 : unit == "m" ? number / 60 : unit == "h" ? number : 24 * number;
  const bool is_unit = unit == "s" || unit == "m" || unit == "h" || unit == "d";
  if (error != std::errc() || !is_unit || !(hours > 0 && hours <= kMostHours))
    return InvalidArgument("{} is no length of time such as 90m, 8h or 2d", text);
  return hours;
}

Result<std::vector<CorpusPlan>> PlanCorpus(const std::vector<CostRow>& rows, const CorpusOptions& options) {
  if (options.pictures < 1 || options.pictures > kMostPictures)
    return InvalidArgument("a corpus of {} pictures, must be 1 to {}", options.pictures, kMostPictures);
  const double start_hours = options.start_minutes / 60;
  const double hours_left = options.finish_within_hours - start_hours;
  if (!(hours_left > 0)) {
    return InvalidArgument("within {:.2g} hours, the machines would hardly have started, which takes {:.2g} minutes",
                           options.finish_within_hours, options.start_minutes);
  }
  // Of each hour, so much is spent on what comes after interruptions.
  const double lost = options.interruptions_per_hour * options.restart_minutes / 60;
  if (!(lost >= 0 && lost < 1))
    return InvalidArgument("{} interruptions an hour of {} minutes each leave no time to work",
                           options.interruptions_per_hour, options.restart_minutes);
  std::vector<CorpusPlan> plans;
  for (size_t i = 0; i < rows.size(); ++i) {
    const CostRow& row = rows[i];
    if (!row.price || row.published || row.network_only || !row.disturbance.empty()) continue;
    const double work_hours = static_cast<double>(options.pictures) * row.seconds_per_image / 3600 / (1 - lost);
    CorpusPlan plan;
    plan.row = i;
    plan.machines = static_cast<int64_t>(std::ceil(work_hours / hours_left));
    plan.hours = start_hours + work_hours / static_cast<double>(plan.machines);
    plan.machine_hours = work_hours + static_cast<double>(plan.machines) * start_hours;
    plan.machines_cost = plan.machine_hours * row.price->per_hour;
    plan.store_cost = static_cast<double>(options.pictures) / 1000 * options.store_price_per_1000;
    plan.pictures_per_second = static_cast<double>(plan.machines) * (1 - lost) / row.seconds_per_image;
    plans.push_back(plan);
  }
  std::sort(plans.begin(), plans.end(), [](const CorpusPlan& a, const CorpusPlan& b) {
    return std::tuple(a.cost(), a.machines, a.row) < std::tuple(b.cost(), b.machines, b.row);
  });
  return plans;
}

}  // namespace sinew::price
