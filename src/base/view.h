// Non-owning views of NHWC float pictures, possibly a channel slice of a wider tensor.
//
// Element (y, x, c) lies at data[(y * width + x) * pixel_stride + c]. Whoever gets a view reads nothing outside its
// elements and writes nothing outside them, not even padding between pixels: a neighbouring slice may live there.
#pragma once

#include <cstddef>

namespace sinew {

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

}  // namespace sinew
