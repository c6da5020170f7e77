// The time of a frame: when it is shown, in seconds from anywhere.
#pragma once

#include <limits>

#include "sinew/status.h"

namespace sinew::track {

// Before the first frame.
inline constexpr double kBeforeAll = -std::numeric_limits<double>::infinity();

// kInvalidArgument where `seconds` is not finite or not later than the frame before.
Status CheckFrameTime(double seconds, double before);

}  // namespace sinew::track
