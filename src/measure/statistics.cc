// Percentiles and means.
#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace sinew::measure {
namespace {

double Percentile(const std::vector<double>& sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Summary Summarise(std::vector<double> samples) {
  SINEW_CHECK(!samples.empty());
  std::sort(samples.begin(), samples.end());
  const double sum = std::accumulate(samples.begin(), samples.end(), 0.0);
  const double median = Percentile(samples, 0.5);
  std::vector<double> deviations;
  for (const double sample : samples) deviations.push_back(std::fabs(sample - median));
  std::sort(deviations.begin(), deviations.end());
  return {.count = samples.size(),
          .min = samples.front(),
          .p50 = median,
          .p90 = Percentile(samples, 0.9),
          .p95 = Percentile(samples, 0.95),
          .p99 = Percentile(samples, 0.99),
          .max = samples.back(),
          .mean = sum / static_cast<double>(samples.size()),
          .mad = Percentile(deviations, 0.5)};
}

std::vector<double> Percentiles(std::vector<double> samples) {
  SINEW_CHECK(!samples.empty());
  std::sort(samples.begin(), samples.end());
  std::vector<double> values;
  for (int percent = 0; percent <= 100; ++percent) values.push_back(Percentile(samples, percent / 100.0));
  return values;
}

}  // namespace sinew::measure
