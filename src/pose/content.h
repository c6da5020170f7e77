// How much of a network's input a picture takes.
#pragma once

#include "sinew/people.h"
#include "sinew/pose.h"

namespace sinew::pose {

// From the top left corner on. All of it for a picture without pixels, which others refuse.
Resolution FitContent(Fit fit, Resolution network, const ImageView& picture);

}  // namespace sinew::pose
