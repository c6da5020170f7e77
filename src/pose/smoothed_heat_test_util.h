// The whole smoothed heat map of a keypoint, which the decoder never stores.
#pragma once

#include <vector>

#include "base/view.h"
#include "pose/area_axis.h"
#include "simd/target.h"

namespace sinew::pose {

// Row by row, dense.
struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
};

// Channel `keypoint` of `heat`, upsampled as the axes say and smoothed.
Plane SmoothedHeat(ConstView heat, const AreaAxis& x, const AreaAxis& y, int smoothing_taps, int keypoint,
                   simd::Target target = simd::PreferredTarget());

}  // namespace sinew::pose
