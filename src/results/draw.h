// People drawn on pictures of the pipeline: what sinew/draw.h does, and the measures that other drawings share.
#pragma once

#include <span>

#include "media/images/image.h"
#include "sinew/draw.h"
#include "sinew/people.h"

namespace sinew::results {

// The mean side of a picture: what sizes on it are fractions of.
float MeanSide(const media::Image& image);

// kInvalidArgument for an option out of range.
Status CheckDrawOptions(const DrawOptions& options);

// Whether the keypoint was found, at coordinates that can be in a picture.
bool IsDrawable(const Keypoint& keypoint);

// As sinew::DrawPeople does; people of another skeleton are left out.
void DrawPeople(std::span<const Person> people, const Skeleton& skeleton, media::Image* image,
                const DrawOptions& options = {});

}  // namespace sinew::results
