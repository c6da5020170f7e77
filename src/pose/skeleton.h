// The COCO-18 skeleton of the OpenPose networks: keypoints, limbs, and where each lies in the 57 output channels.
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017
#pragma once

#include <array>
#include <string_view>

namespace sinew::pose {

inline constexpr int kKeypointCount = 18;
inline constexpr int kLimbCount = 19;
inline constexpr int kHeatChannels = kKeypointCount + 1;  // the last one is the background
inline constexpr int kPafChannels = 2 * kLimbCount;
inline constexpr int kMapChannels = kHeatChannels + kPafChannels;
// Network-input pixels from one cell of the maps to the next.
inline constexpr int kMapStride = 8;

// A pair of keypoints and the map channels that hold the field pointing from `from` to `to`.
struct Limb {
  int from, to;
  int channel_x, channel_y;  // among all 57
};

// In the order of assembly. Each of the first 17 adds a keypoint to the tree; the last two (shoulder to ear) only join
// what others found, and start nobody.
inline constexpr int kTreeLimbCount = 17;
extern const std::array<Limb, kLimbCount> kLimbs;

extern const std::array<std::string_view, kKeypointCount> kKeypointNames;

}  // namespace sinew::pose
