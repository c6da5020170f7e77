// People in a picture: what pose estimation returns, and how a picture is handed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sinew {

// One body joint of one person. `x` and `y` are pixels of the original picture: pixel (0, 0) is the top left one and
// whole numbers are pixel centres. A missing keypoint is all zeros; `score` is positive for a found one (about 0 to 1).
struct Keypoint {
  float x = 0, y = 0, score = 0;
  bool operator==(const Keypoint&) const = default;
};

// One person: as many keypoints as the model's skeleton has, in its order (model_description.h; COCO-18: 0 nose, 1
// neck, 2..4 right arm, ...). `score` is the mean over the found keypoints of their confidence and that of the limbs
// that joined them; it may exceed 1.
struct Person {
  std::vector<Keypoint> keypoints;
  float score = 0;
  bool operator==(const Person&) const = default;
};

// A picture that the caller owns: rows of B, G, R bytes, `row_stride_bytes` from one row to the next (at least
// 3 * width). Nothing is copied; `data` must stay valid for the call that the view is passed to.
//
//   sinew::ImageView picture{mat.data, mat.cols, mat.rows, mat.step};  // a cv::Mat of type CV_8UC3
struct ImageView {
  const uint8_t* data = nullptr;
  int width = 0, height = 0;
  size_t row_stride_bytes = 0;
  // Width of a pixel over its height, as videos may have it: a picture that is to fit evenly (Fit::kPad) gets its true
  // shape. Keypoints are pixels of the picture all the same.
  double pixel_aspect = 1;
};

// The same, to draw on.
struct MutableImageView {
  uint8_t* data = nullptr;
  int width = 0, height = 0;
  size_t row_stride_bytes = 0;
};

}  // namespace sinew
