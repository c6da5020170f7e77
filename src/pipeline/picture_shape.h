// The network's resolutions for pictures of any shape: a few, which can be compiled and kept.
#pragma once

#include "sinew/model.h"
#include "sinew/pose.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// At most so many resolutions come of one wish.
inline constexpr int kMaxPictureShapes = 44;

struct PictureShape {
  Resolution resolution;
  // Whether the picture has another shape than that: it is then to be padded, so that it is seen as large as with
  // FitResolution, and not stretched.
  bool needs_padding = false;
};

// FitResolution for folders of pictures that all have different shapes. -1 as a side becomes what FitResolution makes
// of it, where that is what it makes of a common shape: 1:1, 9:8, 5:4, 4:3, 3:2, 16:10, 16:9, 2:1, 21:9, 3:1, the same
// upright, or one of a few longer ones (picture_shape.cc). In between it becomes the next larger side of a common
// shape; for a picture longer than all of them, the largest. What has no -1 comes back as it is. Errors: those of
// FitResolution.
Result<PictureShape> FitPictureShape(Resolution wish, int picture_width, int picture_height);

}  // namespace sinew::pipeline
