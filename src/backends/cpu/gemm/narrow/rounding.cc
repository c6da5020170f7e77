// Rounding weights.
#include "backends/cpu/gemm/narrow/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/gemm/narrow/narrow.h"

namespace sinew::cpu {

float ColumnScale(std::span<const float> weights) {
  float most = 0;
  for (const float weight : weights) most = std::max(most, std::fabs(weight));
  if (!(most > 0)) return 1;
  constexpr int kCandidates = 20;
  double least = std::numeric_limits<double>::infinity();
  float best = most / 127;
  for (int i = 0; i < kCandidates; ++i) {
    const float scale = most / 127 * (1 - 0.03f * static_cast<float>(i));
    double error = 0;
    for (const float weight : weights) {
      const double off =
          static_cast<double>(static_cast<float>(ToI8(weight, scale)) * scale) - static_cast<double>(weight);
      error += off * off;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

int8_t ToI8(float weight, float scale) {
  return static_cast<int8_t>(std::clamp(std::nearbyint(weight / scale), -127.0f, 127.0f));
}

std::vector<float> RoundedWeights(kernels::DataType type, size_t columns, std::span<const float> weights) {
  std::vector<float> rounded(weights.begin(), weights.end());
  if (type == kernels::DataType::kBF16) {
    for (float& weight : rounded) weight = FromBf16(ToBf16(weight));
  }
  if (type != kernels::DataType::kI8) return rounded;
  std::vector<float> column(weights.size() / columns);
  for (size_t k = 0; k < columns; ++k) {
    for (size_t i = 0; i < column.size(); ++i) column[i] = weights[i * columns + k];
    const float scale = ColumnScale(column);
    for (size_t i = 0; i < column.size(); ++i) {
      rounded[i * columns + k] = static_cast<float>(ToI8(column[i], scale)) * scale;
    }
  }
  return rounded;
}

}  // namespace sinew::cpu
