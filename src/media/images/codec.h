// The two codecs that need no backend.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// Whether bytes begin as that format does.
bool LooksLikeJpeg(std::span<const uint8_t> bytes);
bool LooksLikePng(std::span<const uint8_t> bytes);

// The picture; nothing where it has a feature that only the backend knows (see image.h); an error where it is damaged
// or too large.
Result<std::optional<Image>> DecodeJpeg(std::span<const uint8_t> bytes, std::string_view name,
                                        const ImageLimits& limits);
Result<std::optional<Image>> DecodePng(std::span<const uint8_t> bytes, std::string_view name,
                                       const ImageLimits& limits);

Result<std::string> EncodeJpeg(const Image& image);
Result<std::string> EncodePng(const Image& image);

}  // namespace sinew::media
