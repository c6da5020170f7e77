// Turning and mirroring pictures: the eight ways in which a camera can be held.
#pragma once

#include "media/images/image.h"

namespace sinew::media {

// First turned clockwise, then mirrored left to right. With both, every one of the eight can be written.
struct Orientation {
  int rotate = 0;  // degrees: 0, 90, 180 or 270
  bool flip = false;
  bool operator==(const Orientation&) const = default;
};

// kInvalidArgument for any other angle.
Status CheckOrientation(const Orientation& orientation);

// The picture turned and mirrored; for {0, false} the picture itself, nothing is copied.
Image Oriented(Image image, const Orientation& orientation);

}  // namespace sinew::media
