// Taps, single values, and whole planes: columns first, each source row once.
#include "pose/cubic_axis.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {
namespace {

// Weights of the four cells around a position `t` beyond the second of them (Keys, "Cubic Convolution Interpolation for
// Digital Image Processing", 1981; OpenCV's parameter).
std::array<float, 4> CubicWeights(float t) {
  constexpr float kA = -0.75f;
  const auto far = [](float d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; };
  const auto near = [](float d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; };
  std::array<float, 4> weights = {far(t + 1), near(t), near(1 - t), 0};
  weights[3] = 1 - weights[0] - weights[1] - weights[2];
  return weights;
}

}  // namespace

void CubicAxis::Configure(int source, int target) {
  if (source == source_ && target == target_) return;
  source_ = source;
  target_ = target;
  taps_.resize(static_cast<size_t>(target));
  for (int u = 0; u < target; ++u) {
    const double position = (u + 0.5) * source / target - 0.5;
    const int first = static_cast<int>(std::floor(position));
    Taps& taps = taps_[static_cast<size_t>(u)];
    taps.weights = CubicWeights(static_cast<float>(position - first));
    for (int i = 0; i < 4; ++i) taps.cells[static_cast<size_t>(i)] = std::clamp(first - 1 + i, 0, source - 1);
  }
}

float SampleCubic(ConstView map, const CubicAxis& x_axis, const CubicAxis& y_axis, int x, int y, int channel) {
  const CubicAxis::Taps &columns = x_axis.taps(x), &rows = y_axis.taps(y);
  float sum = 0;
  for (size_t r = 0; r < 4; ++r) {
    const float* const row =
        map.data + static_cast<size_t>(rows.cells[r]) * static_cast<size_t>(map.width) * map.pixel_stride + channel;
    float value = 0;
    for (size_t c = 0; c < 4; ++c) {
      value += columns.weights[c] * row[static_cast<size_t>(columns.cells[c]) * map.pixel_stride];
    }
    sum += rows.weights[r] * value;
  }
  return sum;
}

void UpsampleCubic(ConstView map, const CubicAxis& x_axis, const CubicAxis& y_axis, int channel,
                   std::vector<float>* rows, std::vector<float>* plane) {
  const size_t width = static_cast<size_t>(x_axis.target()), height = static_cast<size_t>(y_axis.target());
  const size_t source_rows = static_cast<size_t>(map.height);
  rows->resize(source_rows * width);
  plane->resize(height * width);
  for (size_t y = 0; y < source_rows; ++y) {
    const float* const source = map.data + y * static_cast<size_t>(map.width) * map.pixel_stride + channel;
    float* const row = rows->data() + y * width;
    for (size_t x = 0; x < width; ++x) {
      const CubicAxis::Taps& taps = x_axis.taps(static_cast<int>(x));
      float value = 0;
      for (size_t c = 0; c < 4; ++c) {
        value += taps.weights[c] * source[static_cast<size_t>(taps.cells[c]) * map.pixel_stride];
      }
      row[x] = value;
    }
  }
  for (size_t y = 0; y < height; ++y) {
    const CubicAxis::Taps& taps = y_axis.taps(static_cast<int>(y));
    const float* source[4];
    for (size_t r = 0; r < 4; ++r) source[r] = rows->data() + static_cast<size_t>(taps.cells[r]) * width;
    float* const row = plane->data() + y * width;
    for (size_t x = 0; x < width; ++x) {
      row[x] = taps.weights[0] * source[0][x] + taps.weights[1] * source[1][x] + taps.weights[2] * source[2][x] +
               taps.weights[3] * source[3][x];
    }
  }
}

}  // namespace sinew::pose
