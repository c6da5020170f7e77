// The limit on the size of pictures, checked before their pixels are allocated.
#pragma once

#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// kCorrupt for an empty picture, kTooLarge beyond the limit; `name` stands in the message.
Status CheckPictureSize(std::string_view name, int64_t width, int64_t height, const ImageLimits& limits);

}  // namespace sinew::media
