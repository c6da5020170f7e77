// Statistics of measured times.
#pragma once

#include <cstddef>
#include <vector>

namespace sinew::measure {

// In the unit of the samples. Percentiles are interpolated linearly between the two nearest samples (NumPy's default).
struct Summary {
  size_t count = 0;
  double min = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0, mean = 0;
  double mad = 0;  // median absolute deviation from p50: a spread that a few outliers do not change
};

// `samples` in any order, at least one.
Summary Summarise(std::vector<double> samples);

// 101 values: the percentiles 0, 1 ... 100 of `samples`, at least one.
std::vector<double> Percentiles(std::vector<double> samples);

}  // namespace sinew::measure
