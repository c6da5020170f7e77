// Heat maps and part affinity fields become people as lightweight OpenPose makes them of its networks' outputs.
//
// Maps are upsampled four times by cubic interpolation. Keypoints are pixels above their four neighbours; from left to
// right, each removes those that come after it and are near. Pairs need nine good samples of ten along the line between
// them; of pairs that share an end, the best stays. People grow limb by limb in the skeleton's order; limbs that are
// not in the tree, from shoulder to ear, only fill in what is missing, and do not count.
//   Source: Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose", ICPRAM 2019
//   (arXiv:1811.12004); github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch, modules/keypoints.py
#pragma once

#include <span>
#include <vector>

#include "base/view.h"
#include "pose/cubic_axis.h"
#include "sinew/model_description.h"

namespace sinew::pose {

// Of the original: upsampled pixels a cell.
inline constexpr int kLightweightUpsampling = 4;

// A keypoint on the upsampled maps, and the heat there.
struct LightweightPeak {
  int x = 0, y = 0;
  float heat = 0;
};
// By keypoint of the skeleton, each from left to right and then from top to bottom.
using LightweightPeaks = std::vector<std::vector<LightweightPeak>>;

// The keypoints of one upsampled heat map of `width` columns, at most `most`: the hottest.
std::vector<LightweightPeak> FindLightweightPeaks(std::span<const float> plane, int width, int most);

// Of one limb, between two peaks counted within those of their keypoints.
struct LightweightConnection {
  int from = 0, to = 0;
  double score = 0;  // the mean of the good samples
};

// The limb's connections, the best first. `fields` are the network's, upsampled where they are looked at, by the axes.
std::vector<LightweightConnection> ConnectLightweightPeaks(ConstView fields, const CubicAxis& x_axis,
                                                           const CubicAxis& y_axis, const Limb& limb,
                                                           std::span<const LightweightPeak> from,
                                                           std::span<const LightweightPeak> to);

struct LightweightPerson {
  std::vector<int> peaks;  // one a keypoint of the skeleton, counted within its peaks; kMissing
  int parts = 0;           // keypoints that count
  double sum = 0;          // of the heat of what counts, and the scores of its connections
};

// People in the order in which they are begun; `connections` has a list a limb of the skeleton.
std::vector<LightweightPerson> GroupLightweightPeaks(const Skeleton& skeleton, const LightweightPeaks& peaks,
                                                     std::span<const std::vector<LightweightConnection>> connections);

}  // namespace sinew::pose
