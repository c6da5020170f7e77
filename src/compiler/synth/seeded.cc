// Sums of uniform numbers.
#include "compiler/synth/seeded.h"

#include <cmath>

namespace sinew::synth {

std::vector<float> SeededWeights::Normal(int64_t count, double deviation) {
  std::vector<float> values(static_cast<size_t>(count));
  // Each 16-bit value is uniform in -1..1 with variance 1/3; four of them have 4/3.
  const double scale = deviation / std::sqrt(4.0 / 3.0);
  for (float& value : values) {
    uint64_t bits = random_();
    double sum = 0;
    for (int i = 0; i < 4; ++i, bits >>= 16) sum += static_cast<double>(bits & 0xffff) * 0x1p-15 - 1;
    value = static_cast<float>(sum * scale);
  }
  return values;
}

std::vector<float> SeededWeights::Kernel(int64_t count, int64_t fan_in, double slope) {
  return Normal(count, std::sqrt(2.0 / (1 + slope * slope) / static_cast<double>(fan_in)));
}

}  // namespace sinew::synth
