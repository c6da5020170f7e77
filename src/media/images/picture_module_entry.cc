// The entry of the module for rarer pictures; see picture_module.h.
#include <cstring>

#include "media/images/picture_module.h"
#include "media/images/tiff.h"
#include "media/images/webp.h"
#include "media/text_painter.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

class LibraryPictures : public PictureModule {
 public:
  Result<Image> DecodeWebP(std::span<const uint8_t> bytes, std::string_view name,
                           const ImageLimits& limits) const override {
    return DecodeWebPPicture(bytes, name, limits);
  }
  Result<Image> DecodeTiff(std::span<const uint8_t> bytes, std::string_view name,
                           const ImageLimits& limits) const override {
    return DecodeTiffPicture(bytes, name, limits);
  }
  Result<std::string> EncodeWebP(const Image& image) const override { return EncodeWebPPicture(image); }
  Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image) const override {
    static const std::string font = FindFont();
    return PaintText(text, x, y, cap_height, font, image);
  }
};

}  // namespace
}  // namespace sinew::media

extern "C" const sinew::media::PictureModule* SinewPictureModule(const char* version) {
  if (std::strcmp(version, sinew::kVersion) != 0) return nullptr;
  static const sinew::media::LibraryPictures module;
  return &module;
}
