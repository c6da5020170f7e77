// Source of the container: RFC 9649.
#include "media/images/webp.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include <cstring>

#include "base/error.h"
#include "media/images/exif.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

constexpr float kQuality = 95;

const char* Reason(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return "the file ends too early";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "an unknown feature";
    default:
      return "the data make no sense";
  }
}

// The orientation in the EXIF chunk, if there is one.
int ReadOrientation(std::span<const uint8_t> bytes) {
  constexpr size_t kFileHeader = 12, kChunkHeader = 8;
  for (size_t i = kFileHeader; i + kChunkHeader <= bytes.size();) {
    const uint32_t size = uint32_t{bytes[i + 4]} | uint32_t{bytes[i + 5]} << 8 | uint32_t{bytes[i + 6]} << 16 |
                          uint32_t{bytes[i + 7]} << 24;
    if (size > bytes.size() - i - kChunkHeader) return 1;
    if (std::memcmp(&bytes[i], "EXIF", 4) == 0) return ExifOrientation(bytes.subspan(i + kChunkHeader, size));
    i += kChunkHeader + size + size % 2;
  }
  return 1;
}

}  // namespace

Result<Image> DecodeWebPPicture(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return Incompatible("{}: libwebp has another version", name);
  VP8StatusCode code = WebPGetFeatures(bytes.data(), bytes.size(), &config.input);
  if (code != VP8_STATUS_OK) return Corrupt("{}: damaged WebP: {}", name, Reason(code));
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, config.input.width, config.input.height, limits));
  if (config.input.has_animation != 0)
    return Unsupported("{}: an animated WebP, of which single frames cannot be read: make it a video", name);
  Image image = Image::OfSize(config.input.width, config.input.height);
  config.output.colorspace = MODE_BGR;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.pixels.data(), 3 * image.width, image.pixels.size()};
  code = WebPDecode(bytes.data(), bytes.size(), &config);
  WebPFreeDecBuffer(&config.output);
  if (code != VP8_STATUS_OK) return Corrupt("{}: damaged WebP: {}", name, Reason(code));
  return Oriented(std::move(image), UprightFromExif(ReadOrientation(bytes)));
}

Result<std::string> EncodeWebPPicture(const Image& image) {
  if (image.width > WEBP_MAX_DIMENSION || image.height > WEBP_MAX_DIMENSION) {
    return TooLarge("a picture of {}x{} cannot be written as WebP, whose sides have at most {} pixels", image.width,
                    image.height, WEBP_MAX_DIMENSION);
  }
  uint8_t* buffer = nullptr;
  const size_t size = WebPEncodeBGR(image.pixels.data(), image.width, image.height, 3 * image.width, kQuality, &buffer);
  std::string bytes(reinterpret_cast<const char*>(buffer), size);
  WebPFree(buffer);
  if (bytes.empty()) return InvalidArgument("a picture of {}x{} cannot be written as WebP", image.width, image.height);
  return bytes;
}

}  // namespace sinew::media
