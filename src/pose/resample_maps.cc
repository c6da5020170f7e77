// Bilinear interpolation between cells; beyond the outermost centres, the outermost cells.
#include "pose/resample_maps.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/check.h"

namespace sinew::pose {

ResampleAxis::ResampleAxis(const MapAxis& source, const MapAxis& target, bool mirrored) {
  for (int cell = 0; cell < target.cells; ++cell) {
    const double forwards = (target.first_cell + (cell + 0.5) * target.stride) / target.content;
    const double in_picture = mirrored ? 1 - forwards : forwards;
    const double position = (in_picture * source.content - source.first_cell) / source.stride - 0.5;
    const double clamped = std::clamp(position, 0.0, source.cells - 1.0);
    const int first = static_cast<int>(clamped);
    taps_.push_back({first, std::min(first + 1, source.cells - 1), static_cast<float>(clamped - first)});
  }
}

void AddResampled(ConstView source, const ResampleAxis& x, const ResampleAxis& y, float weight, std::span<float> target,
                  std::span<const ChannelSource> sources) {
  const size_t channels = static_cast<size_t>(source.channels);
  SINEW_CHECK(target.size() == x.taps().size() * y.taps().size() * channels);
  SINEW_CHECK(sources.empty() || sources.size() == channels);
  const auto cell = [&](int row, int column) {
    return source.data + (static_cast<size_t>(row) * static_cast<size_t>(source.width) + static_cast<size_t>(column)) *
                             source.pixel_stride;
  };
  float* out = target.data();
  for (const ResampleAxis::Tap& row : y.taps()) {
    for (const ResampleAxis::Tap& column : x.taps()) {
      const float *a = cell(row.first, column.first), *b = cell(row.first, column.second);
      const float *c = cell(row.second, column.first), *d = cell(row.second, column.second);
      const float right = column.second_weight, below = row.second_weight;
      const auto interpolated = [&](size_t k) {
        const float upper = a[k] + right * (b[k] - a[k]), lower = c[k] + right * (d[k] - c[k]);
        return upper + below * (lower - upper);
      };
      if (sources.empty()) {
        for (size_t k = 0; k < channels; ++k) out[k] += weight * interpolated(k);
      } else {
        for (size_t k = 0; k < channels; ++k)
          out[k] += weight * sources[k].sign * interpolated(static_cast<size_t>(sources[k].source));
      }
      out += channels;
    }
  }
}

}  // namespace sinew::pose
