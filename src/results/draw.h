// People drawn on a picture: anti-aliased limbs and joints in OpenPose's colours.
#pragma once

#include <span>

#include "media/images/image.h"
#include "sinew/people.h"

namespace sinew::results {

// The mean side of a picture: what sizes on it are fractions of.
float MeanSide(const media::Image& image);

// The width of a limb as a fraction of the mean side: 4 pixels at 640x360.
inline constexpr float kLineWidth = 1.0f / 120;

// Whether the keypoint was found, at coordinates that can be in a picture.
bool IsDrawable(const Keypoint& keypoint);

// Line width and joint size follow the picture's size. Missing keypoints and the limbs that need them are left out;
// coordinates outside the picture are clipped, and those that are not finite ignored.
void DrawPeople(std::span<const Person> people, media::Image* image, float line_width = kLineWidth);

}  // namespace sinew::results
