// How much of a network's input a picture takes.
#include "pose/content.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {

Resolution FitContent(Fit fit, Resolution network, const ImageView& picture) {
  if (fit == Fit::kStretch || picture.width < 1 || picture.height < 1) return network;
  // As wide as it is seen, in units of a pixel's height.
  const double width = picture.width * picture.pixel_aspect, height = picture.height;
  const double scale = std::min(network.width / width, network.height / height);
  const auto side = [scale](double length, int limit) {
    return static_cast<int>(std::lround(std::clamp(length * scale, 1.0, static_cast<double>(limit))));
  };
  return {side(width, network.width), side(height, network.height)};
}

}  // namespace sinew::pose
