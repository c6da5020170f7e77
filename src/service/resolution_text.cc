// Reading and printing resolutions.
#include "service/resolution_text.h"

#include <charconv>

#include "base/error.h"

namespace sinew::service {
namespace {

constexpr int kFitsPicture = -1;

bool IsSide(int side) { return side > 0 || side == kFitsPicture; }

}  // namespace

Result<Resolution> ParseResolution(std::string_view text) {
  SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolutionOrFit(text));
  if (resolution.width > 0 && resolution.height > 0) return resolution;
  return InvalidArgument("\"{}\": a side that follows each picture's shape is for running on pictures only", text);
}

Result<Resolution> ParseResolutionOrFit(std::string_view text) {
  Resolution resolution;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, resolution.width);
  bool good = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
  if (good) {
    const auto height = std::from_chars(width.ptr + 1, end, resolution.height);
    good = height.ec == std::errc() && height.ptr == end;
  }
  const bool has_both_fitting = resolution.width == kFitsPicture && resolution.height == kFitsPicture;
  if (!good || !IsSide(resolution.width) || !IsSide(resolution.height) || has_both_fitting)
    return InvalidArgument("\"{}\" is not a resolution: give WIDTHxHEIGHT, such as 432x368", text);
  if (resolution.width > kMaxResolutionSide || resolution.height > kMaxResolutionSide)
    return InvalidArgument("\"{}\": a side has at most {} pixels", text, kMaxResolutionSide);
  return resolution;
}

Result<std::vector<Resolution>> ParseResolutions(const std::vector<std::string>& texts) {
  std::vector<Resolution> resolutions;
  for (const std::string& text : texts) {
    SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(text));
    resolutions.push_back(resolution);
  }
  return resolutions;
}

std::string ToString(Resolution resolution) { return fmt::format("{}x{}", resolution.width, resolution.height); }

}  // namespace sinew::service
