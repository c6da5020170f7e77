// Real numbers of other widths as floats.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace sinew::import {

// IEEE half precision. Every half is exact as a float.
inline float HalfToFloat(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  float magnitude;
  if (exponent == 31) {
    magnitude = fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return half & 0x8000 ? -magnitude : magnitude;
}

inline float Bfloat16ToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// The nearest float; beyond the range an infinity (a plain conversion would be undefined there).
inline float DoubleToFloat(double value) {
  if (std::abs(value) <= std::numeric_limits<float>::max() || std::isnan(value)) return static_cast<float>(value);
  return value > 0 ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
}

}  // namespace sinew::import
