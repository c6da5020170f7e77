// A picture becomes the network's input: resized exactly as OpenCV's INTER_CUBIC does on 8-bit pictures, as floats.
//
// Networks were trained on, and references computed from, pictures resized by OpenCV; another cubic kernel moves
// keypoints by a pixel. The result equals cv::resize(picture, size, 0, 0, INTER_CUBIC) of OpenCV 4 on x86-64 bit for
// bit (preprocess_test.cc compares):
//   - tap positions in single precision, a = -0.75, coefficients rounded to 1/2048, borders replicated;
//   - rows first, in exact integers; then columns in single precision without fused multiply-add, last tap first,
//     rounded to nearest even; the last (3 * width) % 8 values of a row in exact integers, rounded half up.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "pose/cubic_rows.h"
#include "simd/target.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::pose {

using sinew::ChannelOrder;

// Pictures and network inputs may have no side longer than this.
inline constexpr int kMaxPictureSide = 65536;

// Keeps its scratch between calls. One call at a time; different objects are independent.
class Preprocessor {
 public:
  // `target` must be supported.
  explicit Preprocessor(simd::Target target = simd::PreferredTarget()) : rows_(CubicRowsFor(target)) {}

  // Writes height x width x 3 floats of 0..255 to `out`. kInvalidArgument names a picture, size or buffer that makes
  // no sense.
  Status Resize(const ImageView& picture, int width, int height, ChannelOrder order, std::span<float> out);

 private:
  // The four source positions of one output position are first .. first + 3, unclamped.
  struct Axis {
    std::vector<int> first;
    std::vector<float> coefficients;  // four each, multiples of 1 up to 2048 and some
    int from = 0, to = 0;
    void Configure(int source, int target);
  };
  void CopyPicture(const ImageView& picture, std::span<float> out) const;
  void ResizeRow(const ImageView& picture, int y);

  CubicRows rows_;
  Axis x_, y_;
  std::vector<float> source_row_;              // replicated by two pixels to the left and right
  std::array<std::vector<float>, 4> resized_;  // source row y, resized, lies in y % 4
  std::array<int, 4> resized_row_ = {-1, -1, -1, -1};
};

}  // namespace sinew::pose
