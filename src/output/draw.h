// People drawn on a picture: anti-aliased limbs and joints in OpenPose's colours.
#pragma once

#include <span>

#include "media/image.h"
#include "sinew/people.h"

namespace sinew::output {

// Line width and joint size follow the picture's size. Missing keypoints and the limbs that need them are left out;
// coordinates outside the picture are clipped, and those that are not finite ignored.
void DrawPeople(std::span<const Person> people, media::Image* image);

}  // namespace sinew::output
