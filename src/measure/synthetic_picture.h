// A picture to measure with where none is given.
#pragma once

#include "measure/bench.h"

namespace sinew::measure {

// A JPEG of 640x480 pixels, always the same: smooth shapes and fine grain, so that it takes about as long to decode as
// a photograph. There is nobody on it.
Result<EncodedPicture> SyntheticPicture();

}  // namespace sinew::measure
