// What COCO's keypoint evaluation compares: annotated people and detected people of numbered pictures.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pose/oks.h"
#include "sinew/model_description.h"
#include "sinew/people.h"

namespace sinew::evaluate {

// COCO's sigmas (pose/oks.h), in its order.
inline constexpr std::array<double, kCocoKeypointCount> kCocoSigmas = {0.026, 0.025, 0.025, 0.035, 0.035, 0.079,
                                                                       0.079, 0.072, 0.072, 0.062, 0.062, 0.107,
                                                                       0.107, 0.087, 0.087, 0.089, 0.089};

struct Point {
  double x = 0, y = 0;
};

// A box in pixels: its top left corner and its sides.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

// A person, or a crowd, that annotators marked. Keypoints are in COCO's order, in pixels.
struct Annotation {
  int64_t image_id = 0;
  std::array<Point, kCocoKeypointCount> keypoints;
  std::array<bool, kCocoKeypointCount> labelled = {};  // visibility 1 (hidden) or 2 (visible); 0 is not labelled
  int keypoint_count = 0;                              // "num_keypoints"; without any, the person counts for nothing
  Box box;
  double area = 0;  // of the segment, in square pixels
  bool crowd = false;
};

// A person that somebody claims to have found. The missing keypoints of COCO's results are at (0, 0).
struct Detection {
  int64_t image_id = 0;
  std::array<Point, kCocoKeypointCount> keypoints;
  double score = 0;
  double area = 0;  // in square pixels
};

// Area of the box around all keypoints. The missing ones at (0, 0) widen it, as they do in COCO's own tools.
double KeypointBoxArea(std::span<const Point, kCocoKeypointCount> keypoints);

// What a COCO results file with this person would be read as. Needs a person of the skeleton.
Detection ToDetection(int64_t image_id, const Person& person, const Skeleton& skeleton = Coco18Skeleton());

}  // namespace sinew::evaluate
