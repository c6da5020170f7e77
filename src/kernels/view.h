// Non-owning views of NHWC float pictures, possibly a channel slice of a wider tensor.
//
// Element (y, x, c) lies at data[(y * width + x) * pixel_stride + c]. Kernels read nothing outside the view's elements
// and write nothing outside theirs, not even padding between pixels: a neighbouring slice may live there.
#pragma once

#include <cstddef>

namespace sinew::kernels {

struct ConstView {
  const float* data = nullptr;
  int height = 0, width = 0, channels = 0;
  size_t pixel_stride = 0;  // floats from one pixel to the next, at least `channels`
};

struct View {
  float* data = nullptr;
  int height = 0, width = 0, channels = 0;
  size_t pixel_stride = 0;
  operator ConstView() const { return {data, height, width, channels, pixel_stride}; }
};

enum class Activation : unsigned char { kNone, kRelu, kRelu6 };

}  // namespace sinew::kernels
