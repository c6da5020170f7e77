// PNG with libpng's simplified interface.
#include <png.h>

#include <array>
#include <cstring>

#include "base/error.h"
#include "media/images/codec.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr size_t kHeaderChunkEnd = 8 + 8 + 13 + 4;  // signature, and the IHDR chunk that comes first

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

// 8 bits grey or RGB, and no chunk before the pixels that changes their meaning (gamma, transparency, orientation).
bool IsPlain(std::span<const uint8_t> bytes) {
  const uint8_t depth = bytes[24], color_type = bytes[25];
  if (depth != 8 || (color_type != PNG_COLOR_TYPE_GRAY && color_type != PNG_COLOR_TYPE_RGB)) return false;
  for (size_t i = kHeaderChunkEnd; i + 8 <= bytes.size();) {
    const auto is = [&](const char* type) { return std::memcmp(&bytes[i + 4], type, 4) == 0; };
    if (is("IDAT")) return true;
    if (is("tRNS") || is("gAMA") || is("cHRM") || is("iCCP") || is("eXIf") || is("sBIT")) return false;
    const size_t length = BigEndian(&bytes[i]);
    if (length > bytes.size()) return true;  // damaged: the decoder says so
    i += 12 + length;
  }
  return true;
}

}  // namespace

bool LooksLikePng(std::span<const uint8_t> bytes) {
  return bytes.size() >= kSignature.size() && std::memcmp(bytes.data(), kSignature.data(), kSignature.size()) == 0;
}

Result<std::optional<Image>> DecodePng(std::span<const uint8_t> bytes, std::string_view name,
                                       const ImageLimits& limits) {
  if (bytes.size() < kHeaderChunkEnd || std::memcmp(&bytes[12], "IHDR", 4) != 0)
    return Corrupt("{}: truncated PNG", name);
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, BigEndian(&bytes[16]), BigEndian(&bytes[20]), limits));
  if (!IsPlain(bytes)) return std::optional<Image>();
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0)
    return Corrupt("{}: damaged PNG: {}", name, png.message);
  png.format = PNG_FORMAT_BGR;
  Image image = Image::OfSize(static_cast<int>(png.width), static_cast<int>(png.height));
  const int done = png_image_finish_read(&png, nullptr, image.pixels.data(), 0, nullptr);
  const bool warned = (png.warning_or_error & 3) != 0;
  png_image_free(&png);
  if (done == 0 || warned) return Corrupt("{}: damaged PNG: {}", name, png.message);
  return std::optional(std::move(image));
}

Result<std::string> EncodePng(const Image& image) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_BGR;
  png.flags = PNG_IMAGE_FLAG_FAST;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    return InvalidArgument("a picture of {}x{} cannot be written as PNG: {}", image.width, image.height, png.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sinew::media
