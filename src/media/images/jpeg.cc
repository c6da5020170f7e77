// JPEG with libjpeg. Its errors leave through longjmp, so the functions that call it hold nothing that needs
// destruction; buffers belong to their callers.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "base/error.h"
#include "media/images/codec.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

constexpr int kQuality = 95;

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg knows the whole by this address
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

void FormatMessage(j_common_ptr info) {
  ErrorManager& manager = *reinterpret_cast<ErrorManager*>(info->err);
  (*info->err->format_message)(info, manager.message);
}

[[noreturn]] void Exit(j_common_ptr info) {
  FormatMessage(info);
  std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->jump, 1);
}

// Warnings ("premature end of JPEG file", "corrupt data") mean that part of the picture is made up.
void EmitMessage(j_common_ptr info, int level) {
  if (level >= 0) return;  // a trace message
  if (info->err->num_warnings++ == 0) FormatMessage(info);
}

void Silence(j_common_ptr) {}

jpeg_error_mgr* Install(ErrorManager* manager) {
  jpeg_std_error(&manager->base);
  manager->base.error_exit = Exit;
  manager->base.emit_message = EmitMessage;
  manager->base.output_message = Silence;
  manager->message[0] = '\0';
  return &manager->base;
}

// The orientation tag (0x0112) of an EXIF block's first directory; 1 where there is none.
int ExifOrientation(std::span<const uint8_t> block) {
  constexpr size_t kPrefix = 6;  // "Exif\0\0"
  if (block.size() < kPrefix + 8 || block[0] != 'E' || block[1] != 'x' || block[2] != 'i' || block[3] != 'f') return 1;
  const std::span<const uint8_t> tiff = block.subspan(kPrefix);
  const bool little = tiff[0] == 'I';
  const auto u16 = [&](size_t i) { return little ? tiff[i] | tiff[i + 1] << 8 : tiff[i] << 8 | tiff[i + 1]; };
  const auto u32 = [&](size_t i) {
    const uint32_t first = static_cast<uint32_t>(u16(i)), second = static_cast<uint32_t>(u16(i + 2));
    return little ? second << 16 | first : first << 16 | second;
  };
  const size_t directory = u32(4);
  if (directory > tiff.size() || tiff.size() - directory < 2) return 1;
  const size_t entries = static_cast<size_t>(u16(directory));
  constexpr size_t kEntryBytes = 12;
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > tiff.size()) return 1;
    if (u16(entry) == 0x0112) return u16(entry + 8);
  }
  return 1;
}

bool IsPlain(const jpeg_decompress_struct& info) {
  const bool known_colors = info.jpeg_color_space == JCS_GRAYSCALE || info.jpeg_color_space == JCS_YCbCr;
  if (!known_colors || info.data_precision != 8) return false;
  for (const jpeg_marker_struct* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker == JPEG_APP0 + 1 && ExifOrientation({marker->data, marker->data_length}) != 1) return false;
  }
  return true;
}

enum class Step { kHeader, kPixels };
enum class Outcome { kDone, kNotPlain, kFailed };

// Reads the header into `image`, or with Step::kPixels also the pixels into its buffer, which the caller has sized.
Outcome Decode(std::span<const uint8_t> bytes, Step step, Image* image, ErrorManager* manager) {
  jpeg_decompress_struct info;
  info.err = Install(manager);
  if (setjmp(manager->jump) != 0) {
    jpeg_destroy_decompress(&info);
    return Outcome::kFailed;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&info, TRUE);
  image->width = static_cast<int>(info.image_width);
  image->height = static_cast<int>(info.image_height);
  if (!IsPlain(info)) {
    jpeg_destroy_decompress(&info);
    return Outcome::kNotPlain;
  }
  if (step == Step::kPixels) {
    info.out_color_space = JCS_EXT_BGR;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = image->pixels.data() + size_t{3} * info.output_scanline * info.output_width;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return Outcome::kDone;
}

bool Encode(const Image& image, unsigned char** out, unsigned long* size, ErrorManager* manager) {
  jpeg_compress_struct info;
  info.err = Install(manager);
  if (setjmp(manager->jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, out, size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, kQuality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data()) + size_t{3} * info.next_scanline * info.image_width;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

bool LooksLikeJpeg(std::span<const uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

Result<std::optional<Image>> DecodeJpeg(std::span<const uint8_t> bytes, std::string_view name,
                                        const ImageLimits& limits) {
  ErrorManager manager;
  Image image;
  Outcome outcome = Decode(bytes, Step::kHeader, &image, &manager);
  if (outcome == Outcome::kFailed) return Corrupt("{}: damaged JPEG: {}", name, manager.message);
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, image.width, image.height, limits));
  if (outcome == Outcome::kNotPlain) return std::optional<Image>();
  image = Image::OfSize(image.width, image.height);
  outcome = Decode(bytes, Step::kPixels, &image, &manager);
  if (outcome == Outcome::kFailed || manager.base.num_warnings > 0)
    return Corrupt("{}: damaged JPEG: {}", name, manager.message);
  return std::optional(std::move(image));
}

Result<std::string> EncodeJpeg(const Image& image) {
  ErrorManager manager;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const bool done = Encode(image, &buffer, &size, &manager);
  std::string bytes(reinterpret_cast<const char*>(buffer), done ? size : 0);
  std::free(buffer);
  if (!done)
    return InvalidArgument("a picture of {}x{} cannot be written as JPEG: {}", image.width, image.height,
                           manager.message);
  return bytes;
}

}  // namespace sinew::media
