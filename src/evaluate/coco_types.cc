// Detections made of people.
#include "evaluate/coco_types.h"

#include <algorithm>

namespace sinew::evaluate {

double KeypointBoxArea(std::span<const Point, kCocoKeypointCount> keypoints) {
  const auto [left, right] = std::ranges::minmax(keypoints, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(keypoints, {}, &Point::y);
  return (right.x - left.x) * (bottom.y - top.y);
}

Detection ToDetection(int64_t image_id, const Person& person, const Skeleton& skeleton) {
  Detection detection{.image_id = image_id, .keypoints = {}, .score = person.score};
  const auto keypoints = pose::ToCocoKeypoints(person, skeleton);
  std::ranges::transform(keypoints, detection.keypoints.begin(), [](const Keypoint& k) { return Point{k.x, k.y}; });
  detection.area = KeypointBoxArea(detection.keypoints);
  return detection;
}

}  // namespace sinew::evaluate
