// A picture's resize to the network's input: OpenCV's cubic interpolation of 8-bit pictures, pixel by pixel.
//
// Bit for bit what pose/preprocess.h says and does; its coefficients are computed anew for every pixel, which takes
// less than fetching them. Every product rounds by itself (nvcc -fmad=false, -ffp-contract=off).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "backends/cuda/pose/block-inl.h"
#include "backends/cuda/pose/values-inl.h"

namespace sinew::cuda {

// Rows of B, G, R bytes.
struct PictureBytes {
  const uint8_t* data = nullptr;
  int width = 0, height = 0;
  size_t row_stride = 0;  // bytes
};

// Where the picture goes: the top left `content_width` x `content_height` pixels of the input; the rest becomes
// padding.
struct ResizeJob {
  PictureBytes picture;
  int content_width = 0, content_height = 0;
};

// Values of the input's channels: (byte - mean) * scale, in the order of the input.
struct InputValues {
  bool is_rgb = false;
  float mean[3] = {0, 0, 0};
  float scale[3] = {1, 1, 1};
  float padding[3] = {0, 0, 0};  // the bytes beside a picture that does not fill the input
};

// The four source positions of one output position are first .. first + 3, of which those outside mean the border.
struct CubicTaps {
  int first;
  int coefficients[4];  // 2048 in all
};

SINEW_HOST_DEVICE inline CubicTaps MakeCubicTaps(int source, int target, int position_index) {
  constexpr float a = -0.75f;
  constexpr int kBorder = 2;
  const double scale = 1.0 / (static_cast<double>(target) / source);
  const float position = static_cast<float>((position_index + 0.5) * scale - 0.5);
  const int whole = static_cast<int>(std::floor(position));
  const float x = position - static_cast<float>(whole);
  float exact[4];
  exact[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  exact[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
  exact[2] = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  exact[3] = 1.0f - exact[0] - exact[1] - exact[2];
  CubicTaps taps;
  for (int k = 0; k < 4; ++k) taps.coefficients[k] = static_cast<int>(rintf(exact[k] * 2048));
  const int most = source + kBorder - 4;
  taps.first = whole - 1 > most ? most : whole - 1;
  if (taps.first < -kBorder) taps.first = -kBorder;
  return taps;
}

// The four sums along a row, one a source row, exact; then down the column, exact where `exactly`.
SINEW_HOST_DEVICE inline float CombineColumn(const int sums[4], const int coefficients[4], bool exactly) {
  if (exactly) {
    int64_t sum = int64_t{1} << 21;
    for (int k = 0; k < 4; ++k) sum += static_cast<int64_t>(sums[k]) * coefficients[k];
    sum >>= 22;
    return sum < 0 ? 0.0f : sum > 255 ? 255.0f : static_cast<float>(sum);
  }
  constexpr float kUnit = 1.0f / (2048.0f * 2048.0f);
  float sum = static_cast<float>(sums[3]) * (static_cast<float>(coefficients[3]) * kUnit);
  for (int k = 2; k >= 0; --k) sum = static_cast<float>(sums[k]) * (static_cast<float>(coefficients[k]) * kUnit) + sum;
  return fminf(fmaxf(rintf(sum), 0.0f), 255.0f);
}

// Writes all values of pixel (x, y) of `input`'s picture `index`; channels beyond the third, up to the pixel stride,
// become 0.
SINEW_HOST_DEVICE inline void ResizePixel(const ResizeJob& job, const InputValues& values, const View& input, int index,
                                          int x, int y) {
  float pixel[3];  // in the order of the input
  const PictureBytes& picture = job.picture;
  if (x < job.content_width && y < job.content_height) {
    const CubicTaps columns = MakeCubicTaps(picture.width, job.content_width, x),
                    rows = MakeCubicTaps(picture.height, job.content_height, y);
    int sums[3][4];
    for (int i = 0; i < 4; ++i) {
      int row = rows.first + i;
      row = row < 0 ? 0 : row >= picture.height ? picture.height - 1 : row;
      const uint8_t* const bytes = picture.data + static_cast<size_t>(row) * picture.row_stride;
      int blue = 0, green = 0, red = 0;
      for (int k = 0; k < 4; ++k) {
        int column = columns.first + k;
        column = column < 0 ? 0 : column >= picture.width ? picture.width - 1 : column;
        const uint8_t* const source = bytes + static_cast<size_t>(column) * 3;
        blue += source[0] * columns.coefficients[k];
        green += source[1] * columns.coefficients[k];
        red += source[2] * columns.coefficients[k];
      }
      sums[0][i] = blue, sums[1][i] = green, sums[2][i] = red;
    }
    // OpenCV's vector loop takes eight values at a time; what it leaves over of a row is computed exactly.
    const int vector_values = job.content_width * 3 / 8 * 8;
    for (int c = 0; c < 3; ++c) {
      pixel[values.is_rgb ? 2 - c : c] = CombineColumn(sums[c], rows.coefficients, 3 * x + c >= vector_values);
    }
  } else {
    for (int c = 0; c < 3; ++c) pixel[c] = values.padding[c];
  }
  const size_t at = ValueIndex(input, index, y * input.width + x, 0);
  for (int c = 0; c < 3; ++c) {
    StoreValue(input.data, input.type, at + c, (pixel[c] - values.mean[c]) * values.scale[c]);
  }
  for (int64_t c = 3; c < input.pixel_stride; ++c) StoreValue(input.data, input.type, at + c, 0.0f);
}

}  // namespace sinew::cuda
