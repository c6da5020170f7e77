// Smooths row after row.
#include "pose/smoothed_heat_test_util.h"

#include <cstddef>

#include "base/aligned_buffer.h"
#include "pose/peaks.h"
#include "pose/smoothing.h"

namespace sinew::pose {

Plane SmoothedHeat(ConstView heat, const AreaAxis& x, const AreaAxis& y, int smoothing_taps, int keypoint,
                   simd::Target target) {
  Smoother smoother(target);
  smoother.Configure(x, y, smoothing_taps);
  const size_t plane_size = PaddedColumns(heat.width) * heat.height;
  AlignedBuffer<float> planes(plane_size * heat.channels), row(smoother.row_size());
  SplitHeat(heat, planes.data());
  Plane plane{x.target(), y.target(), {}};
  plane.values.reserve(static_cast<size_t>(plane.width) * plane.height);
  for (int v = 0; v < plane.height; ++v) {
    smoother.Row(planes.data() + keypoint * plane_size, v, kNoFloor, row.data());
    for (int u = 0; u < plane.width; ++u) plane.values.push_back(row[smoother.IndexOf(u)]);
  }
  return plane;
}

}  // namespace sinew::pose
