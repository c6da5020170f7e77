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
  // The width of a limb as a fraction of the picture's mean side, of a person half as large as that: above 0, at most
  // 1. 4 pixels at 640x360. Those of other people are wider and narrower as they are larger and smaller, from 0.3 to
  // 1.5 times.
  float line_width = 1.0f / 120;
  // How much of the picture a limb covers: 0 to 1. Joints cover all of it.
  float limb_opacity = 0.7f;
  // Keypoints with a lower score are not drawn, nor are their limbs.
  float min_score = 0;
};

// Draws the limbs of the skeleton's tree, then the joints, on rows of B, G, R bytes that the caller owns. A limb has
// the colour of the keypoint that it leads to, and lets the picture shine through. Missing keypoints and the limbs that
// need them are left out; what lies outside the picture is clipped, and coordinates that are not finite are ignored.
// kInvalidArgument for a picture without pixels or with a row stride below its width, an option out of range, a
// skeleton that is not valid, or people of another one; nothing is drawn then. Thread-safe for different pictures.
Status DrawPeople(std::span<const Person> people, const Skeleton& skeleton, const MutableImageView& picture,
                  const DrawOptions& options = {});

}  // namespace sinew
