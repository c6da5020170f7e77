// Planes of the upsampled maps. Values are computed cell by cell first, then upsampled: replication commutes with
// picking the greatest, and where the ratio is not whole the difference is below what a drawing shows.
#include "pose/map_planes.h"

#include <cmath>

#include "base/aligned_buffer.h"
#include "base/error.h"
#include "pose/smoothing.h"

namespace sinew::pose {
namespace {

// `pick` gives the value of a cell from its 57 channels.
template <class Pick>
Plane Upsample(ConstView maps, const AreaAxis& x_axis, const AreaAxis& y_axis, Pick pick) {
  std::vector<float> cells;
  cells.reserve(static_cast<size_t>(maps.width) * maps.height);
  for (size_t i = 0; i < static_cast<size_t>(maps.width) * maps.height; ++i) {
    cells.push_back(pick(maps.data + i * maps.pixel_stride));
  }
  Plane plane{x_axis.target(), y_axis.target(), {}};
  plane.values.reserve(static_cast<size_t>(plane.width) * plane.height);
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) plane.values.push_back(SampleArea(cells.data(), 1, x_axis, y_axis, x, y, 0));
  }
  return plane;
}

float Strongest(const float* cell, int Limb::*channel) {
  float strongest = 0;
  for (const Limb& limb : kLimbs) {
    const float value = cell[limb.*channel];
    if (std::fabs(value) > std::fabs(strongest)) strongest = value;
  }
  return strongest;
}

}  // namespace

Result<Plane> MaxHeat(ConstView maps, const MapGeometry& geometry, double resize_out_ratio) {
  AreaAxis x, y;
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, geometry, resize_out_ratio, &x, &y));
  return Upsample(maps, x, y, [](const float* cell) {
    float most = cell[0];
    for (int k = 1; k < kKeypointCount; ++k) most = std::fmax(most, cell[k]);
    return most;
  });
}

Result<PafPlanes> StrongestPaf(ConstView maps, const MapGeometry& geometry, double resize_out_ratio) {
  AreaAxis x, y;
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, geometry, resize_out_ratio, &x, &y));
  return PafPlanes{Upsample(maps, x, y, [](const float* cell) { return Strongest(cell, &Limb::channel_x); }),
                   Upsample(maps, x, y, [](const float* cell) { return Strongest(cell, &Limb::channel_y); })};
}

Result<Plane> SmoothedHeat(ConstView maps, const MapGeometry& geometry, double resize_out_ratio, int smoothing_taps,
                           int keypoint) {
  DecodeOptions options;
  options.resize_out_ratio = resize_out_ratio;
  options.smoothing_taps = smoothing_taps;
  SINEW_RETURN_IF_ERROR(ValidateDecodeOptions(options));
  if (keypoint < 0 || keypoint >= kKeypointCount) {
    return InvalidArgument("keypoint {} does not exist, must be 0 to {}", keypoint, kKeypointCount - 1);
  }
  AreaAxis x, y;
  SINEW_RETURN_IF_ERROR(ConfigureAxes(maps, geometry, resize_out_ratio, &x, &y));
  Smoother smoother;
  smoother.Configure(x, y, smoothing_taps);
  const size_t plane_size = PaddedColumns(maps.width) * maps.height;
  AlignedBuffer<float> planes(plane_size * kKeypointCount), row(smoother.row_size());
  SplitHeat(maps, planes.data());
  Plane plane{x.target(), y.target(), {}};
  plane.values.reserve(static_cast<size_t>(plane.width) * plane.height);
  const int phases = smoother.phases();
  for (int v = 0; v < plane.height; ++v) {
    smoother.Row(planes.data() + keypoint * plane_size, v, kNoFloor, row.data());
    for (int u = 0; u < plane.width; ++u)
      plane.values.push_back(row[u % phases * smoother.phase_stride() + u / phases]);
  }
  return plane;
}

}  // namespace sinew::pose
