// Pictures in memory, and in files.
//
// What a file is, its content tells (format.h). JPEG and PNG are read and written with libjpeg-turbo and libpng, which
// every program has; the libraries of rarer formats are in modules that are loaded when one is met (picture_module.h,
// media/backend.h). Whatever the format: pictures come upright, as EXIF and TIFF tags ask for; alpha is dropped, not
// blended; samples of more than 8 bits are scaled; colour profiles and gamma are ignored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::media {

// Rows of B, G, R bytes without gaps.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;  // 3 * width * height
  double pixel_aspect = 1;      // width of a pixel over its height: not 1 in some videos

  static Image OfSize(int width, int height) {
    return {width, height, std::vector<uint8_t>(3 * static_cast<size_t>(width) * static_cast<size_t>(height))};
  }
  ImageView view() const { return {pixels.data(), width, height, 3 * static_cast<size_t>(width), pixel_aspect}; }
  bool operator==(const Image&) const = default;
};

struct ImageLimits {
  int64_t max_pixels = 100'000'000;
};

// Errors name the file: kNotFound, kIo, kCorrupt (empty, truncated, damaged), kUnsupported (no picture, or of a kind
// that would not be read right), kTooLarge, kUnavailable (a module is not installed). A damaged picture is an error
// even where most of it could be read; the message says how much of a JPEG is whole.
Result<Image> ReadImage(const std::filesystem::path& path, const ImageLimits& limits = {});
// From memory; `name` stands in messages.
Result<Image> DecodeImage(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits = {});

// By the path's extension: .jpg, .png, .webp; appears only when whole. JPEG and WebP have quality 95.
Status WriteImage(const std::filesystem::path& path, const Image& image, const WriteOptions& options = {});

}  // namespace sinew::media
