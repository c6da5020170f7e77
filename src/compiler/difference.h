// Comparison of what the runtime computes with what the reference computes.
#pragma once

#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "compiler/reference/executor.h"
#include "sinew/model.h"

namespace sinew {

// Differences gathered over any number of tensors.
class Difference {
 public:
  void Add(const TensorView& actual, std::span<const double> expected) {
    const size_t channels = static_cast<size_t>(actual.channels);
    for (size_t i = 0; i < expected.size(); ++i) {
      const double value = actual.data[i / channels * actual.pixel_stride + i % channels];
      const double difference = std::abs(value - expected[i]);
      // NaN must count as wrong, and comparisons with it are false.
      if (!(difference <= max_)) max_ = difference;
      squares_ += difference * difference;
      reference_squares_ += expected[i] * expected[i];
    }
  }
  double max() const { return max_; }
  double relative_rms() const {
    if (squares_ == 0) return 0;
    return reference_squares_ > 0 ? std::sqrt(squares_ / reference_squares_) : std::sqrt(squares_);
  }

 private:
  double max_ = 0, squares_ = 0, reference_squares_ = 0;
};

// Whole numbers in 0..255, the same every time.
inline std::vector<float> RandomPicture(size_t floats) {
  std::mt19937 generator(20'170);
  std::uniform_int_distribution<int> level(0, 255);
  std::vector<float> picture(floats);
  for (float& value : picture) value = static_cast<float>(level(generator));
  return picture;
}

inline reference::Array PictureArray(std::span<const float> picture, Resolution resolution) {
  const int64_t pixels = int64_t{resolution.height} * resolution.width;
  return {{1, resolution.height, resolution.width, static_cast<int64_t>(picture.size()) / pixels},
          {picture.begin(), picture.end()}};
}

inline bool SameShape(const TensorView& view, const ir::Shape& shape) {
  return shape.size() == 4 && shape[0] == 1 && shape[1] == view.height && shape[2] == view.width &&
         shape[3] == view.channels;
}

}  // namespace sinew
