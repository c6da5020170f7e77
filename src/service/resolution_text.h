// Resolutions as text: "656x368", width x height.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::service {

// Pixels; more on a side is refused, so that no product of sides overflows.
inline constexpr int kMaxResolutionSide = 16384;

// kInvalidArgument for anything else than two sides of 1 to kMaxResolutionSide.
Result<Resolution> ParseResolution(std::string_view text);
// The same, or -1 as one of the sides: it follows each picture's shape (FitResolution).
Result<Resolution> ParseResolutionOrFit(std::string_view text);
Result<std::vector<Resolution>> ParseResolutions(const std::vector<std::string>& texts);

std::string ToString(Resolution resolution);

}  // namespace sinew::service
