// Tables of the COCO-18 skeleton.
#include "pose/skeleton.h"

namespace sinew::pose {
namespace {

// `paf` is the limb's x channel among the 38 of the fields; y follows it.
constexpr Limb MakeLimb(int from, int to, int paf) { return {from, to, kHeatChannels + paf, kHeatChannels + paf + 1}; }

}  // namespace

const std::array<Limb, kLimbCount> kLimbs = {{
    MakeLimb(1, 2, 12),  MakeLimb(1, 5, 20),   MakeLimb(2, 3, 14),  MakeLimb(3, 4, 16),  MakeLimb(5, 6, 22),
    MakeLimb(6, 7, 24),  MakeLimb(1, 8, 0),    MakeLimb(8, 9, 2),   MakeLimb(9, 10, 4),  MakeLimb(1, 11, 6),
    MakeLimb(11, 12, 8), MakeLimb(12, 13, 10), MakeLimb(1, 0, 28),  MakeLimb(0, 14, 30), MakeLimb(14, 16, 34),
    MakeLimb(0, 15, 32), MakeLimb(15, 17, 36), MakeLimb(2, 16, 18), MakeLimb(5, 17, 26),
}};

const std::array<std::string_view, kKeypointCount> kKeypointNames = {
    "nose",       "neck",       "right_shoulder", "right_elbow", "right_wrist", "left_shoulder",
    "left_elbow", "left_wrist", "right_hip",      "right_knee",  "right_ankle", "left_hip",
    "left_knee",  "left_ankle", "right_eye",      "left_eye",    "right_ear",   "left_ear",
};

}  // namespace sinew::pose
