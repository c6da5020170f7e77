// The module for HEIC and AVIF, with libheif. See picture_module.h, and codec.h for what holds of every codec.
#include <libheif/heif.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "base/error.h"
#include "media/images/picture_module.h"
#include "media/limits.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using ContextPtr = std::unique_ptr<heif_context, Free<heif_context_free>>;
using HandlePtr = std::unique_ptr<heif_image_handle, Free<heif_image_handle_release>>;
using ImagePtr = std::unique_ptr<heif_image, Free<heif_image_release>>;
using OptionsPtr = std::unique_ptr<heif_decoding_options, Free<heif_decoding_options_free>>;

Status Error(const heif_error& error, std::string_view name) {
  const std::string reason = error.message == nullptr ? "" : error.message;
  switch (error.code) {
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature:
      return Unsupported("{}: a HEIF picture that libheif cannot read here: {}", name, reason);
    case heif_error_Memory_allocation_error:
      return TooLarge("{}: a HEIF picture: {}", name, reason);
    default:
      return Corrupt("{}: damaged HEIF: {}", name, reason);
  }
}
bool IsError(const heif_error& error) { return error.code != heif_error_Ok; }

class LibheifModule : public HeifModule {
 public:
  LibheifModule() { heif_init(nullptr); }

  Result<Image> DecodeHeif(std::span<const uint8_t> bytes, std::string_view name,
                           const ImageLimits& limits) const override {
    const ContextPtr context(heif_context_alloc());
    if (!context) return TooLarge("{}: out of memory", name);
    // libheif limits the sides: what it decodes on its way (tiles, a picture that is cropped then) is checked by it.
    constexpr int64_t kMostSide = std::numeric_limits<int>::max();
    heif_context_set_maximum_image_size_limit(context.get(), static_cast<int>(std::min(limits.max_pixels, kMostSide)));
    heif_context_set_max_decoding_threads(context.get(), 0);  // pictures are decoded side by side already
    if (const heif_error error =
            heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr);
        IsError(error)) {
      return Error(error, name);
    }
    heif_image_handle* handle = nullptr;
    if (const heif_error error = heif_context_get_primary_image_handle(context.get(), &handle); IsError(error))
      return Error(error, name);
    const HandlePtr owned_handle(handle);
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name, heif_image_handle_get_ispe_width(handle),
                                           heif_image_handle_get_ispe_height(handle), limits));
    SINEW_RETURN_IF_ERROR(
        CheckPictureSize(name, heif_image_handle_get_width(handle), heif_image_handle_get_height(handle), limits));
    const OptionsPtr options(heif_decoding_options_alloc());
    if (!options) return TooLarge("{}: out of memory", name);
    options->convert_hdr_to_8bit = 1;
    options->strict_decoding = 1;
    heif_image* decoded = nullptr;
    if (const heif_error error =
            heif_decode_image(handle, &decoded, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options.get());
        IsError(error)) {
      return Error(error, name);
    }
    const ImagePtr owned(decoded);
    heif_error warning = {};
    if (heif_image_get_decoding_warnings(decoded, 0, &warning, 1) > 0) return Error(warning, name);
    return Copy(decoded, name, limits);
  }

 private:
  static Result<Image> Copy(const heif_image* decoded, std::string_view name, const ImageLimits& limits) {
    const int width = heif_image_get_width(decoded, heif_channel_interleaved);
    const int height = heif_image_get_height(decoded, heif_channel_interleaved);
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name, width, height, limits));
    int stride = 0;
    const uint8_t* const plane = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
    if (plane == nullptr || stride < 3 * width) return Corrupt("{}: damaged HEIF: no pixels", name);
    Image image = Image::OfSize(width, height);
    uint8_t* to = image.pixels.data();
    for (int y = 0; y < height; ++y) {
      const uint8_t* from = plane + static_cast<ptrdiff_t>(y) * stride;
      for (int x = 0; x < width; ++x, from += 3, to += 3) to[0] = from[2], to[1] = from[1], to[2] = from[0];
    }
    return image;
  }
};

}  // namespace
}  // namespace sinew::media

extern "C" const sinew::media::HeifModule* SinewHeifModule(const char* version) {
  if (std::strcmp(version, sinew::kVersion) != 0) return nullptr;
  static const sinew::media::LibheifModule module;
  return &module;
}
