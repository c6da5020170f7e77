// The search for infinities and NaNs in maps.
#pragma once

#include <cstddef>

#include "simd/target.h"

namespace sinew::pose {

// Whether `cells` cells of `channels` values, `stride` floats from one cell to the next, hold finite values alone.
// Reads nothing else.
using AreFiniteFunction = bool (*)(const float* values, size_t cells, size_t channels, size_t stride);

// `target` must be supported.
AreFiniteFunction AreFiniteFor(simd::Target target);

// In such cells the index of the first value that is infinite or not a number; -1 where there is none.
ptrdiff_t FindNotFinite(AreFiniteFunction are_finite, const float* values, size_t cells, size_t channels,
                        size_t stride);

}  // namespace sinew::pose
