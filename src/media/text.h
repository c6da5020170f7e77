// Text on pictures, through the OpenCV backend (backend.h).
#pragma once

#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// White letters with a black rim: legible on anything. (x, y) is the left end of the base line; what reaches beyond the
// picture is cut off. `cap_height` is the height of capital letters in pixels, 1 to 10000. OpenCV's font has ASCII only
// and draws a question mark for other bytes. kUnavailable where there is no backend.
Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image);

}  // namespace sinew::media
