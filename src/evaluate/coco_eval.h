// COCO's keypoint evaluation: average precision (AP) and average recall (AR) of detected people against annotated ones.
//   Source: cocodataset.org/#keypoints-eval; Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014
#pragma once

#include <cstdint>
#include <span>

#include "evaluate/coco_types.h"

namespace sinew::evaluate {

// Each is 0 to 1, or -1 where no annotated person counts. Without a number: the mean over the OKS thresholds 0.5, 0.55,
// ... 0.95. Medium: annotated areas of 32^2 to 96^2 square pixels; large: 96^2 to 1e10.
struct CocoFigures {
  double ap = -1, ap50 = -1, ap75 = -1, ap_medium = -1, ap_large = -1;
  double ar = -1, ar50 = -1, ar75 = -1, ar_medium = -1, ar_large = -1;
};

// Evaluates the pictures of `image_ids`; people of other pictures are left out. Everything must be finite and areas not
// negative (coco_json.h makes sure of it). Of detections with the same score, those of the picture with the lower
// number come first, then those that come first in `detections`; order among `people` decides between equally good
// matches.
CocoFigures EvaluateCoco(std::span<const int64_t> image_ids, std::span<const Annotation> people,
                         std::span<const Detection> detections);

}  // namespace sinew::evaluate
