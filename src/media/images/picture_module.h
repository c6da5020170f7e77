// The modules for rarer pictures: each around libraries that a program loads only when it meets such a picture.
//
//   libsinew_pictures.so  WebP, TIFF (libwebp, libtiff), and text (FreeType)
//   libsinew_heif.so      HEIC and AVIF (libheif with its decoders)
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

class PictureModule {
 public:
  virtual ~PictureModule() = default;
  virtual Result<Image> DecodeWebP(std::span<const uint8_t> bytes, std::string_view name,
                                   const ImageLimits& limits) const = 0;
  virtual Result<Image> DecodeTiff(std::span<const uint8_t> bytes, std::string_view name,
                                   const ImageLimits& limits) const = 0;
  virtual Result<std::string> EncodeWebP(const Image& image) const = 0;
  virtual Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image) const = 0;  // text.h
};

class HeifModule {
 public:
  virtual ~HeifModule() = default;
  virtual Result<Image> DecodeHeif(std::span<const uint8_t> bytes, std::string_view name,
                                   const ImageLimits& limits) const = 0;
};

// Each loads its module on the first call (module.h). Thread-safe.
Result<const PictureModule*> LoadPictureModule();
Result<const HeifModule*> LoadHeifModule();

}  // namespace sinew::media
