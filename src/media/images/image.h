// Pictures in memory, and in files.
//
// Plain JPEG and PNG are read and written with libjpeg and libpng alone: a program that does no more starts in
// milliseconds. Everything else (EXIF rotation, CMYK, 16 bits, alpha, palettes, BMP, TIFF, WebP, ...) goes through the
// OpenCV backend, which is loaded on first need; see backend.h. Whatever the way, the pixels are those of
// cv::imread(IMREAD_COLOR).
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

  static Image OfSize(int width, int height) {
    return {width, height, std::vector<uint8_t>(3 * static_cast<size_t>(width) * static_cast<size_t>(height))};
  }
  ImageView view() const { return {pixels.data(), width, height, 3 * static_cast<size_t>(width)}; }
  bool operator==(const Image&) const = default;
};

struct ImageLimits {
  int64_t max_pixels = 100'000'000;
};

// Errors name the file: kNotFound, kIo, kCorrupt (empty, truncated, damaged), kUnsupported (no picture), kTooLarge,
// kUnavailable (needs the OpenCV backend, which is not installed).
Result<Image> ReadImage(const std::filesystem::path& path, const ImageLimits& limits = {});
// From memory; `name` stands in messages.
Result<Image> DecodeImage(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits = {});

// By the path's extension (.jpg and .png without OpenCV); appears only when whole. JPEG has quality 95.
Status WriteImage(const std::filesystem::path& path, const Image& image, const WriteOptions& options = {});

}  // namespace sinew::media
