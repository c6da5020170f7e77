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
  constexpr std::array<std::string_view, 24> kExtensions = {
      ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp",  ".dib",  ".tif", ".tiff", ".webp", ".ppm", ".pgm",
      ".pbm", ".pnm",  ".pam", ".jp2",  ".j2k", ".heic", ".heif", ".hif", ".avif", ".exr",  ".sr",  ".ras"};
  return std::find(kExtensions.begin(), kExtensions.end(), LowerExtension(path)) != kExtensions.end();
}

bool HasVideoExtension(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 28> kExtensions = {
      ".avi", ".mp4",   ".m4v",  ".mov",  ".mkv",  ".webm", ".mpg", ".mpeg", ".wmv", ".asf",
      ".flv", ".ts",    ".3gp",  ".mts",  ".m2ts", ".ogv",  ".vob", ".mxf",  ".y4m", ".ivf",
      ".gif", ".mjpeg", ".mjpg", ".h264", ".h265", ".264",  ".265", ".hevc"};
  return std::find(kExtensions.begin(), kExtensions.end(), LowerExtension(path)) != kExtensions.end();
}

}  // namespace sinew::media
