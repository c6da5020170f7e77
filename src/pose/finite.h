// The search for infinities and NaNs in maps.
#pragma once

#include <cstddef>

namespace sinew::pose {

// In `width` cells of kMapChannels values, `stride` floats from one to the next: the index of the first value that is
// infinite or not a number; -1 where there is none.
ptrdiff_t FindNotFinite(const float* cells, int width, size_t stride);

}  // namespace sinew::pose
