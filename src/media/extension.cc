// The extensions that folders are searched for.
#include "media/extension.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sinew::media {

std::string LowerExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return extension;
}

bool HasPictureExtension(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 18> kExtensions = {".jpg", ".jpeg", ".jpe",  ".png", ".bmp", ".dib",
                                                            ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm",
                                                            ".pnm", ".pam",  ".jp2",  ".hdr", ".sr",  ".ras"};
  return std::find(kExtensions.begin(), kExtensions.end(), LowerExtension(path)) != kExtensions.end();
}

// An animated GIF is a video: OpenCV has no decoder for GIF pictures, FFmpeg has.
bool HasVideoExtension(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 20> kExtensions = {
      ".avi", ".mp4", ".m4v", ".mov",  ".mkv", ".webm", ".mpg",  ".mpeg", ".wmv",   ".flv",
      ".ts",  ".3gp", ".mts", ".m2ts", ".ogv", ".vob",  ".h264", ".gif",  ".mjpeg", ".mjpg"};
  return std::find(kExtensions.begin(), kExtensions.end(), LowerExtension(path)) != kExtensions.end();
}

}  // namespace sinew::media
