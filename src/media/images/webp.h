// WebP with libwebp. Part of the module for rarer pictures; see picture_module.h, and codec.h for what holds of every
// codec.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// kUnsupported for animations.
Result<Image> DecodeWebPPicture(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits);

// Quality 95. kTooLarge for sides above 16383 pixels.
Result<std::string> EncodeWebPPicture(const Image& image);

}  // namespace sinew::media
