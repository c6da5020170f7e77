// The upsampled maps as single planes, for drawing and for looking at them.
#pragma once

#include <vector>

#include "base/view.h"
#include "pose/decode.h"
#include "sinew/status.h"

namespace sinew::pose {

// Row by row, dense.
struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
};

// At each pixel of the upsampled maps, the greatest heat of all keypoints.
Result<Plane> MaxHeat(ConstView maps, const MapGeometry& geometry, double resize_out_ratio);

// At each pixel of the upsampled maps, the field component (x or y) of all limbs that is greatest in magnitude.
struct PafPlanes {
  Plane x, y;
};
Result<PafPlanes> StrongestPaf(ConstView maps, const MapGeometry& geometry, double resize_out_ratio);

// The smoothed heat of one keypoint, in which peaks are found.
Result<Plane> SmoothedHeat(ConstView maps, const MapGeometry& geometry, double resize_out_ratio, int smoothing_taps,
                           int keypoint);

}  // namespace sinew::pose
