// Colours of pixels, and the colour maps that turn numbers into them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sinew::results {

struct Color {
  uint8_t b, g, r;
  bool operator==(const Color&) const = default;
};

// Mixes a colour into a pixel (B, G, R): 0 leaves the pixel, 1 covers it.
inline void Blend(const Color& color, float opacity, uint8_t* pixel) {
  const auto mix = [&](int from, int to) {
    return static_cast<uint8_t>(static_cast<float>(from) + static_cast<float>(to - from) * opacity + 0.5f);
  };
  pixel[0] = mix(pixel[0], color.b);
  pixel[1] = mix(pixel[1], color.g);
  pixel[2] = mix(pixel[2], color.r);
}

// 0 to 1 as colours from black over blue, green and pink to white, of steadily growing brightness: also legible in
// grey. What is below or not a number is black, what is above is white.
//   Source: Green, "A colour scheme for the display of astronomical intensity images", Bull. Astr. Soc. India 39 (2011)
class HeatColors {
 public:
  HeatColors();
  const Color& operator()(float value) const {
    return table_[value > 0 ? static_cast<size_t>(std::min(value, 1.0f) * 255 + 0.5f) : 0];
  }

 private:
  std::array<Color, 256> table_;
};

// Directions as pure colours: red to the right, yellow to the lower right (y points down), and by thirds of a turn
// green and blue. (0, 0) is red too.
//   Source: Smith, "Color gamut transform pairs", SIGGRAPH 1978 (HSV with full saturation and value)
class DirectionColors {
 public:
  DirectionColors();
  const Color& operator()(float x, float y) const;

 private:
  // A byte changes by 255 in a sixth of the turn, so by 3 from one entry to the next: no step is seen.
  static constexpr size_t kEntries = 512;
  std::array<Color, kEntries> table_;
};

}  // namespace sinew::results
