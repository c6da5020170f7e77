// How a camera was held, as EXIF metadata tells it.
#pragma once

#include <cstdint>
#include <span>

#include "media/images/orient.h"

namespace sinew::media {

// What brings a picture with EXIF's orientation `value` (1 to 8) upright; nothing is to be done for any other value.
Orientation UprightFromExif(int value);

// The orientation (tag 0x0112) in an EXIF block: a TIFF header, and the directory that it points to, behind "Exif\0\0"
// or not. 1 where there is none, or where the block is damaged.
int ExifOrientation(std::span<const uint8_t> block);

}  // namespace sinew::media
