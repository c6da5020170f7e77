// A part of a picture: what is looked at, and the way back to the whole picture's coordinates.
#pragma once

#include <span>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// In pixels of the picture as it is shown (upright, turned and mirrored); (x, y) is the top left pixel.
struct Region {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Region&) const = default;
};

// "10,20,300,400": x, y, width and height. kInvalidArgument for anything else, a negative corner or an empty region.
Result<Region> ParseRegion(std::string_view text);

// The part of a picture that lies in a region. Nothing is copied: the picture must outlive `view`.
struct Crop {
  ImageView view;
  int x = 0, y = 0;  // of the picture, where the view begins

  // Keypoints found in `view`, as keypoints of the whole picture. Missing ones stay missing.
  void MapBack(std::span<Person> people) const;
};

// What of the region lies beyond the picture is left out, so that one region serves pictures of several sizes;
// kInvalidArgument where nothing is left. `name` stands in the message.
Result<Crop> CropTo(const Image& image, const Region& region, std::string_view name);

}  // namespace sinew::media
