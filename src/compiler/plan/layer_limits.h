// Limits of single layers, by the step's name.
#pragma once

#include <string>
#include <unordered_map>

namespace sinew::plan {

// Algorithms whose relative RMS error of that layer is larger are not used for it.
using LayerLimits = std::unordered_map<std::string, double>;

}  // namespace sinew::plan
