// Overlaps of upsampled positions with cells.
#include "pose/area_axis.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {

void AreaAxis::Configure(int source, int target) {
  if (source == source_ && target == target_) return;
  source_ = source, target_ = target;
  ratio_ = target % source == 0 ? target / source : 0;
  first_.clear(), weights_.clear();
  offset_.assign(1, 0);
  const float scale = static_cast<float>(source) / static_cast<float>(target);
  for (int u = 0; u < target; ++u) {
    if (ratio_ != 0) {
      first_.push_back(u / ratio_);
      weights_.push_back(1.0f);
    } else {
      // Single precision, as the original computes it: whether a sliver of a cell counts depends on the rounding.
      const float begin = u * scale, end = (u + 1) * scale;
      const int from = std::min(static_cast<int>(std::floor(begin)), source - 1);
      const int to = std::clamp(static_cast<int>(std::ceil(end)), from + 1, source);
      first_.push_back(from);
      for (int cell = from; cell < to; ++cell) {
        weights_.push_back((std::min(end, cell + 1.0f) - std::max(begin, static_cast<float>(cell))) / scale);
      }
    }
    offset_.push_back(static_cast<int>(weights_.size()));
  }
}

float SampleArea(const float* data, size_t pixel_stride, const AreaAxis& x_axis, const AreaAxis& y_axis, int x, int y,
                 int channel) {
  const auto cell = [&](int cell_x, int cell_y) {
    return data[(static_cast<size_t>(cell_y) * x_axis.source() + cell_x) * pixel_stride + channel];
  };
  const int x0 = x_axis.first(x), y0 = y_axis.first(y);
  if (x_axis.ratio() != 0 && y_axis.ratio() != 0) return cell(x0, y0);
  float sum = 0;
  for (int i = 0; i < y_axis.count(y); ++i) {
    float row = 0;
    for (int j = 0; j < x_axis.count(x); ++j) row += x_axis.weight(x, j) * cell(x0 + j, y0 + i);
    sum += y_axis.weight(y, i) * row;
  }
  return sum;
}

}  // namespace sinew::pose
