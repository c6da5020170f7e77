// Views of pictures in bf16, as base/view.h has them of floats.
//
// Numbers are the high halves of floats. There are no denormals among them: whatever stores bf16 makes zeros of those,
// as products do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sinew::cpu {

struct ConstBf16View {
  const uint16_t* data = nullptr;
  int height = 0, width = 0, channels = 0;
  size_t pixel_stride = 0;  // elements from one pixel to the next, at least `channels`
};

struct Bf16View {
  uint16_t* data = nullptr;
  int height = 0, width = 0, channels = 0;
  size_t pixel_stride = 0;
  operator ConstBf16View() const { return {data, height, width, channels, pixel_stride}; }
};

}  // namespace sinew::cpu
