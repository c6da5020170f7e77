// A place, an offset or a velocity in the picture.
#pragma once

namespace sinew::track {

struct Vector2 {
  double x = 0, y = 0;
};

}  // namespace sinew::track
