// PNG with libpng. Its errors leave through longjmp, so the function that calls it holds nothing that needs
// destruction; buffers belong to its caller. Gamma and colour profiles are ignored, 16 bits are scaled to 8.
#include <png.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "media/images/codec.h"
#include "media/images/exif.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

constexpr size_t kMessageBytes = 200;

// One use of the library.
struct Session {
  std::span<const uint8_t> bytes;
  size_t position = 0;
  char message[kMessageBytes] = "";
  bool damaged = false, lacks_end = false;
  int orientation = 1;
};

[[noreturn]] void Fail(png_structp png, png_const_charp message) {
  auto& session = *static_cast<Session*>(png_get_error_ptr(png));
  if (!session.damaged) std::snprintf(session.message, kMessageBytes, "%s", message);
  png_longjmp(png, 1);
}

// libpng warns of a lot that does the pixels no harm; what it says of their data does.
void Warn(png_structp png, png_const_charp message) {
  auto& session = *static_cast<Session*>(png_get_error_ptr(png));
  if (session.damaged || std::strncmp(message, "IDAT", 4) != 0) return;
  session.damaged = true;
  std::snprintf(session.message, kMessageBytes, "%s", message);
}

void Read(png_structp png, png_bytep to, size_t count) {
  auto& session = *static_cast<Session*>(png_get_io_ptr(png));
  if (count > session.bytes.size() - session.position) {
    session.lacks_end = true;
    png_error(png, "the file ends too early");
  }
  std::memcpy(to, session.bytes.data() + session.position, count);
  session.position += count;
}

// The picture's rows into `pixels`, 3 bytes a pixel, which the header was checked for.
void ReadRows(png_structp png, png_infop info, uint8_t* pixels) {
  png_set_scale_16(png);
  png_set_palette_to_rgb(png);  // if there is one
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  png_set_bgr(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row_bytes = size_t{3} * png_get_image_width(png, info);
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "rows of an unexpected size");
  const png_uint_32 height = png_get_image_height(png, info);
  for (int pass = 0; pass < passes; ++pass) {
    for (png_uint_32 y = 0; y < height; ++y) png_read_row(png, pixels + y * row_bytes, nullptr);
  }
}

void ReadOrientation(png_structp png, png_infop info, Session* session) {
  png_bytep block = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(png, info, &size, &block) != 0 && block != nullptr)
    session->orientation = ExifOrientation({block, size});
}

// False where the picture is damaged.
bool Decode(uint8_t* pixels, Session* session) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, session, Fail, Warn);
  if (png == nullptr) return false;
  png_infop info = png_create_info_struct(png);
  // Set once all rows are there: what comes behind them is looked at, but may be missing.
  volatile bool complete = false;
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return complete && session->lacks_end && !session->damaged;
  }
  if (info == nullptr) png_error(png, "out of memory");
  png_set_read_fn(png, session, Read);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // checked against other limits
  png_read_info(png, info);
  ReadRows(png, info, pixels);
  complete = true;
  ReadOrientation(png, info, session);
  png_read_end(png, info);
  ReadOrientation(png, info, session);
  png_destroy_read_struct(&png, &info, nullptr);
  return !session->damaged;
}

constexpr size_t kHeaderChunkEnd = 8 + 8 + 13 + 4;  // signature, and the IHDR chunk that comes first

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

}  // namespace

Result<Image> DecodePng(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  if (bytes.size() < kHeaderChunkEnd || std::memcmp(&bytes[12], "IHDR", 4) != 0)
    return Corrupt("{}: truncated PNG", name);
  const uint32_t width = BigEndian(&bytes[16]), height = BigEndian(&bytes[20]);
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, width, height, limits));
  Image image = Image::OfSize(static_cast<int>(width), static_cast<int>(height));
  Session session{.bytes = bytes};
  if (!Decode(image.pixels.data(), &session)) return Corrupt("{}: damaged PNG: {}", name, session.message);
  return Oriented(std::move(image), UprightFromExif(session.orientation));
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
