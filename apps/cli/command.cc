// Errors and parsers of the command line.
#include "command.h"

#include <charconv>
#include <cstdio>

#include "base/error.h"

namespace sinew::cli {

Result<std::filesystem::path> UserCacheFolder() {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    return std::filesystem::path(cache) / "sinew";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    return NotFound("neither XDG_CACHE_HOME nor HOME says where files that can be made again are kept: set one");
  }
  return std::filesystem::path(home) / ".cache/sinew";
}

int Fail(const Status& status) {
  std::fprintf(stderr, "sinew: %s\n", status.message().c_str());
  return status.code() == StatusCode::kInvalidArgument ? kUsage : kFailure;
}

Result<Resolution> ParseResolution(std::string_view text) {
  SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolutionWish(text));
  if (resolution.width > 0 && resolution.height > 0) return resolution;
  return InvalidArgument("\"{}\": a side that follows the picture makes sense for `sinew run` only", text);
}

Result<Resolution> ParseResolutionWish(std::string_view text) {
  const auto is_side = [](int side) { return side > 0 || side == -1; };
  Resolution resolution;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, resolution.width);
  if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, resolution.height);
    if (height.ec == std::errc() && height.ptr == end && is_side(resolution.width) && is_side(resolution.height) &&
        resolution.width + resolution.height > 0) {
      return resolution;
    }
  }
  return InvalidArgument("\"{}\" is no resolution: give WIDTHxHEIGHT, such as 432x368", text);
}

Result<std::vector<Resolution>> ParseResolutions(const std::vector<std::string>& texts) {
  std::vector<Resolution> result;
  for (const std::string& text : texts) {
    SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(text));
    result.push_back(resolution);
  }
  return result;
}

std::string ToString(Resolution resolution) { return fmt::format("{}x{}", resolution.width, resolution.height); }

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", bytes / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.2f} GB", bytes / 1e9);
}

}  // namespace sinew::cli
