// The size that a picture's header claims, for the formats that FFmpeg decodes: it tells it only once the
// pixels are there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace sinew::media {

struct ClaimedSize {
  int64_t width = 0, height = 0;
  bool operator==(const ClaimedSize&) const = default;
};

// Of BMP, TIFF, WebP, JPEG 2000 and the PBM family (PAM as well); nothing for another format or a header that is cut
// short. The claim may be wrong in any way: zero, negative, or not what the pixels turn out to be.
std::optional<ClaimedSize> SizeInHeader(std::span<const uint8_t> bytes);

}  // namespace sinew::media
