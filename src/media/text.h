// Text on pictures.
#pragma once

#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// White letters with a black rim: legible on anything. (x, y) is the left end of the base line; what reaches beyond the
// picture is cut off. `cap_height` is the height of capital letters in pixels, 1 to 10000. UTF-8, with DejaVu Sans or
// Liberation Sans where Debian's packages fonts-dejavu-core or fonts-liberation put them; without them, ASCII in plain
// strokes. What the font lacks, and bytes that are not text, become question marks. kUnavailable where the module with
// FreeType is not installed (images/picture_module.h). Thread-safe.
Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image);

}  // namespace sinew::media
