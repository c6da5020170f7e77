// TIFF and BigTIFF with libtiff. Part of the module for rarer pictures; see picture_module.h, and codec.h for what
// holds of every codec.
//
// Of several pages, the first. Grey and RGB with unsigned samples of any size are scaled to 8 bits, floating-point
// samples are light from 0, black, to 1, white; palettes, CMYK, YCbCr and CIELab go through libtiff's own conversion.
// kUnsupported for what would come out wrong: signed samples, floats beyond 0 to 1, raw files of cameras (and their
// previews), pictures of other channels than these.
#pragma once

#include <span>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

Result<Image> DecodeTiffPicture(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits);

}  // namespace sinew::media
