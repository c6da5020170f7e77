// How much of a network's input a picture takes.
#include "pose/content.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {

Resolution FitContent(Fit fit, Resolution network, int picture_width, int picture_height) {
  if (fit == Fit::kStretch || picture_width < 1 || picture_height < 1) return network;
  const double scale = std::min(static_cast<double>(network.width) / picture_width,
                                static_cast<double>(network.height) / picture_height);
  const auto side = [scale](int pixels, int limit) {
    return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, limit);
  };
  return {side(picture_width, network.width), side(picture_height, network.height)};
}

}  // namespace sinew::pose
