// What the tables of keypoints say where there is no keypoint to name.
#pragma once

namespace sinew {

inline constexpr int kNone = -1;

}  // namespace sinew
