// Lists of targets, for messages.
#pragma once

#include <span>
#include <string>

#include "simd/target.h"

namespace sinew::simd {

// "avx2, avx512"
std::string TargetNames(std::span<const Target> targets);

}  // namespace sinew::simd
