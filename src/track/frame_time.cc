// Checks of frame times, which come from containers and cameras.
#include "track/frame_time.h"

#include <cmath>

#include "base/error.h"

namespace sinew::track {

Status CheckFrameTime(double seconds, double before) {
  if (!std::isfinite(seconds)) return InvalidArgument("frame at {} seconds: must be finite", seconds);
  if (seconds > before) return Status();
  return InvalidArgument("frame at {} seconds: must be later than the one before, at {}", seconds, before);
}

}  // namespace sinew::track
