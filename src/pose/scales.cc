// Resolutions of the network that follow from a picture's shape, and those of multi-scale averaging.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

constexpr int kMaxSide = 16384;

}  // namespace

Result<Resolution> FitResolution(Resolution wish, int picture_width, int picture_height, const InputConvention& input) {
  if (wish.width != -1 && wish.height != -1) return wish;
  if (wish.width == wish.height)
    return InvalidArgument("a network resolution of -1x-1: only one of the two sides can follow the picture");
  if (picture_width < 1 || picture_height < 1)
    return InvalidArgument("a picture of {}x{} pixels has no shape", picture_width, picture_height);
  const double width_by_height = static_cast<double>(picture_width) / picture_height;
  const double exact = wish.width == -1 ? wish.height * width_by_height : wish.width / width_by_height;
  const double multiples = std::max(1.0, std::round((exact - input.side_offset) / input.side_multiple));
  const double side = multiples * input.side_multiple + input.side_offset;
  if (!(side <= kMaxSide)) {
    return InvalidArgument(
        "a picture of {}x{} would need a network resolution with a side of {:.0f} pixels, the limit is {}: give both "
        "sides",
        picture_width, picture_height, side, kMaxSide);
  }
  return wish.width == -1 ? Resolution{static_cast<int>(side), wish.height}
                          : Resolution{wish.width, static_cast<int>(side)};
}

Result<std::vector<Resolution>> MakeScales(Resolution largest, int number, double gap, const InputConvention& input) {
  if (number < 1 || number > 16) return InvalidArgument("{} scales, must be 1 to 16", number);
  if (number > 1 && !(gap > 0 && gap < 1))
    return InvalidArgument("a gap of {} between scales, must be above 0 and below 1", gap);
  std::vector<Resolution> scales = {largest};
  for (int i = 1; i < number; ++i) {
    const double scale = 1 - i * gap;
    const auto side = [&](int pixels) {
      const int whole = static_cast<int>(std::lround(pixels * scale)) - input.side_offset;
      return whole / input.side_multiple * input.side_multiple + input.side_offset;
    };
    const Resolution resolution = {side(largest.width), side(largest.height)};
    if (scale <= 0 || resolution.width < input.side_multiple || resolution.height < input.side_multiple) {
      return InvalidArgument("{} scales {} apart leave nothing of {}x{} for the last one: take fewer or a smaller gap",
                             number, gap, largest.width, largest.height);
    }
    scales.push_back(resolution);
  }
  return scales;
}

}  // namespace sinew
