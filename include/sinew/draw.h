// People drawn on a picture: anti-aliased limbs and joints in the skeleton's colours.
//
//   auto people = estimator->Estimate(picture);
//   sinew::DrawPeople(*people, estimator->description().skeleton, {pixels, width, height, 3 * width});
#pragma once

#include <span>

#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

struct DrawOptions {
  // The width of a limb as a fraction of the picture's mean side: above 0, at most 1. 4 pixels at 640x360.
  float line_width = 1.0f / 120;
};

// Draws the limbs of the skeleton's tree, then the joints, on rows of B, G, R bytes that the caller owns. A limb has
// the colour of the keypoint that it leads to, and lets the picture shine through. Missing keypoints and the limbs that
// need them are left out; what lies outside the picture is clipped, and coordinates that are not finite are ignored.
// kInvalidArgument for a picture without pixels or with a row stride below its width, a line width out of range, a
// skeleton that is not valid, or people of another one; nothing is drawn then. Thread-safe for different pictures.
Status DrawPeople(std::span<const Person> people, const Skeleton& skeleton, const MutableImageView& picture,
                  const DrawOptions& options = {});

}  // namespace sinew
