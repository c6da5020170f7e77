// How much of a network's input a picture takes.
#pragma once

#include "sinew/pose.h"

namespace sinew::pose {

// From the top left corner on. All of it for a picture without pixels, which others refuse.
Resolution FitContent(Fit fit, Resolution network, int picture_width, int picture_height);

}  // namespace sinew::pose
