// Reading and writing tensors of every floating-point type, with the same bits on a GPU and on a processor.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backends/cuda/device.h"
#include "backends/cuda/pose/block-inl.h"

#ifdef __CUDACC__
#include <cuda_fp16.h>
#endif

namespace sinew::cuda {

SINEW_HOST_DEVICE inline uint32_t BitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
SINEW_HOST_DEVICE inline float FloatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Exact.
SINEW_HOST_DEVICE inline float FloatFromHalf(uint16_t bits) {
#ifdef __CUDA_ARCH__
  return __half2float(__ushort_as_half(bits));
#else
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  const uint32_t word = sign | (exponent == 31 ? 255u : exponent + 112u) << 23 | fraction << 13;
  return FloatOf(word);
#endif
}

// To the nearest, to even in the middle; beyond 65504 infinity.
SINEW_HOST_DEVICE inline uint16_t HalfFromFloat(float value) {
#ifdef __CUDA_ARCH__
  return __half_as_ushort(__float2half_rn(value));
#else
  uint32_t word = BitsOf(value);
  const uint16_t sign = static_cast<uint16_t>(word >> 16 & 0x8000);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7fff;
  if (magnitude >= 65520.0f) return sign | 0x7c00;
  if (magnitude < 0x1p-14f) return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f));
  word &= 0x7fffffff;
  word += 0xfff + (word >> 13 & 1);  // carries into the exponent where the fraction overflows
  return sign | static_cast<uint16_t>((word - (112u << 23)) >> 13);
#endif
}

// To the nearest, to even in the middle.
SINEW_HOST_DEVICE inline uint16_t BFloatFromFloat(float value) {
  const uint32_t bits = BitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);  // NaN
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

SINEW_HOST_DEVICE inline float LoadValue(const void* values, DataType type, size_t index) {
  if (type == DataType::kFloat32) return static_cast<const float*>(values)[index];
  const uint16_t bits = static_cast<const uint16_t*>(values)[index];
  return type == DataType::kFloat16 ? FloatFromHalf(bits) : FloatOf(static_cast<uint32_t>(bits) << 16);
}

SINEW_HOST_DEVICE inline void StoreValue(void* values, DataType type, size_t index, float value) {
  if (type == DataType::kFloat32) {
    static_cast<float*>(values)[index] = value;
  } else {
    static_cast<uint16_t*>(values)[index] = type == DataType::kFloat16 ? HalfFromFloat(value) : BFloatFromFloat(value);
  }
}

// False for infinities and NaNs.
SINEW_HOST_DEVICE inline bool IsFinite(float value) { return std::fabs(value) <= 3.402823466e38f; }

// Where the value of a channel lies in a picture's cell y * width + x.
SINEW_HOST_DEVICE inline size_t ValueIndex(const View& view, int picture, int cell, int channel) {
  const int64_t pixel = static_cast<int64_t>(picture) * view.height * view.width + cell;
  return static_cast<size_t>(pixel * view.pixel_stride + channel);
}

}  // namespace sinew::cuda
