// Regions of pictures.
#include "media/images/region.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"

namespace sinew::media {

Result<Region> ParseRegion(std::string_view text) {
  const auto bad = [&] {
    return InvalidArgument("\"{}\" is not a region: give x,y,width,height in pixels, such as 100,0,640,480", text);
  };
  std::array<int, 4> values = {};
  const char* cursor = text.data();
  const char* const end = text.data() + text.size();
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && (cursor == end || *cursor++ != ',')) return bad();
    const auto [next, error] = std::from_chars(cursor, end, values[i]);
    if (error != std::errc()) return bad();
    cursor = next;
  }
  const Region region = {values[0], values[1], values[2], values[3]};
  if (cursor != end || region.x < 0 || region.y < 0 || region.width < 1 || region.height < 1) return bad();
  return region;
}

void Crop::MapBack(std::span<Person> people) const {
  for (Person& person : people) {
    for (Keypoint& keypoint : person.keypoints) {
      if (keypoint.score <= 0) continue;
      keypoint.x += static_cast<float>(x);
      keypoint.y += static_cast<float>(y);
    }
  }
}

Result<Crop> CropTo(const Image& image, const Region& region, std::string_view name) {
  // In 64 bits: x + width of a region from a flag may exceed an int.
  const int64_t right = std::min<int64_t>(int64_t{region.x} + region.width, image.width);
  const int64_t bottom = std::min<int64_t>(int64_t{region.y} + region.height, image.height);
  const int left = std::max(region.x, 0), top = std::max(region.y, 0);
  if (right <= left || bottom <= top) {
    return InvalidArgument("{}: the region {},{},{},{} lies outside the picture of {}x{}", name, region.x, region.y,
                           region.width, region.height, image.width, image.height);
  }
  Crop crop;
  crop.view = image.view();
  crop.view.data += static_cast<size_t>(top) * crop.view.row_stride_bytes + 3 * static_cast<size_t>(left);
  crop.view.width = static_cast<int>(right) - left;
  crop.view.height = static_cast<int>(bottom) - top;
  crop.x = left;
  crop.y = top;
  return crop;
}

}  // namespace sinew::media
