// Lists of targets.
#include "simd/target_names.h"

#include "base/error.h"

namespace sinew::simd {

std::string TargetNames(std::span<const Target> targets) {
  std::string names;
  for (const Target target : targets) names += fmt::format("{}{}", names.empty() ? "" : ", ", TargetName(target));
  return names;
}

}  // namespace sinew::simd
