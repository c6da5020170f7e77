// One codec a format. All of them: check the size against the limits before the pixels are allocated, turn the picture
// upright as its metadata ask for, drop alpha, ignore colour profiles, and name `name` in errors. Thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "media/images/format.h"
#include "media/images/image.h"

namespace sinew::media {

// With libraries that every program links.
Result<Image> DecodeJpeg(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits);
Result<Image> DecodePng(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits);
Result<std::string> EncodeJpeg(const Image& image);
Result<std::string> EncodePng(const Image& image);

}  // namespace sinew::media
