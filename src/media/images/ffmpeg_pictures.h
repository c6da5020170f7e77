// Pictures that FFmpeg's decoders read: BMP, PNM and PAM, JPEG 2000, OpenEXR, Sun raster. Part of the backend module
// (media/backend.h); see codec.h for what holds of every codec.
//
// Samples of any depth are scaled to 8 bits. OpenEXR holds light: 1 is white, what is brighter is cut off, and the
// curve of sRGB makes it a picture as cameras write it.
#pragma once

#include <span>
#include <string_view>

#include "media/images/format.h"
#include "media/images/image.h"

namespace sinew::media {

// kUnsupported for a format that is not one of these.
Result<Image> DecodeWithFfmpeg(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                               const ImageLimits& limits);

}  // namespace sinew::media
