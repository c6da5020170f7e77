// Cubic resize of 8-bit pictures into floats.
#include "pose/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"

namespace sinew::pose {
namespace {

constexpr int kChannels = 3;
constexpr float kOne = 2048;  // fixed-point one of the coefficients
// Replicated pixels on each side of a row. The first output pixel reaches two to the left of the picture (its centre
// lies between -0.5 and the picture), the last one two to the right; the vector load one float more.
constexpr int kBorder = 2;
constexpr int kSlack = 8;

// The four coefficients of Keys' cubic convolution for a point `x` (0..1) past the second tap. The order of operations
// is part of the result.
void CubicCoefficients(float x, float out[4]) {
  constexpr float a = -0.75f;
  out[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  out[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
  out[2] = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  out[3] = 1.0f - out[0] - out[1] - out[2];
}

Status Validate(const ImageView& picture, int width, int height, size_t out_size) {
  if (picture.data == nullptr) return InvalidArgument("picture: data is null");
  if (picture.width < 1 || picture.height < 1 || picture.width > kMaxPictureSide || picture.height > kMaxPictureSide) {
    return InvalidArgument("picture of {}x{} pixels: both sides must be 1 to {}", picture.width, picture.height,
                           kMaxPictureSide);
  }
  if (picture.row_stride_bytes < static_cast<size_t>(picture.width) * kChannels) {
    return InvalidArgument("picture: row stride of {} bytes is less than a row of {} BGR pixels ({} bytes)",
                           picture.row_stride_bytes, picture.width, picture.width * kChannels);
  }
  if (width < 1 || height < 1 || width > kMaxPictureSide || height > kMaxPictureSide) {
    return InvalidArgument("network input of {}x{} pixels: both sides must be 1 to {}", width, height, kMaxPictureSide);
  }
  const size_t needed = static_cast<size_t>(width) * height * kChannels;
  if (out_size != needed) {
    return InvalidArgument("network input buffer holds {} floats, {}x{}x3 need {}", out_size, width, height, needed);
  }
  return Status();
}

// The values that OpenCV's vector loop leaves over: exact, rounded half up.
float CombineExactly(const float* const rows[4], const float coefficients[4], size_t i) {
  int64_t sum = int64_t{1} << 21;
  for (int k = 0; k < 4; ++k) sum += static_cast<int64_t>(rows[k][i]) * static_cast<int64_t>(coefficients[k]);
  return static_cast<float>(std::clamp<int64_t>(sum >> 22, 0, 255));
}

}  // namespace

void Preprocessor::Axis::Configure(int source, int target) {
  if (from == source && to == target) return;
  from = source, to = target;
  first.resize(target);
  coefficients.resize(size_t{4} * target);
  const double scale = 1.0 / (static_cast<double>(target) / source);
  for (int i = 0; i < target; ++i) {
    const float position = static_cast<float>((i + 0.5) * scale - 0.5);
    const int whole = static_cast<int>(std::floor(position));
    float exact[4];
    CubicCoefficients(position - whole, exact);
    for (int k = 0; k < 4; ++k) coefficients[4 * i + k] = std::nearbyint(exact[k] * kOne);
    first[i] = std::clamp(whole - 1, -kBorder, source + kBorder - 4);
  }
}

void Preprocessor::CopyPicture(const ImageView& picture, std::span<float> out) const {
  const size_t row = static_cast<size_t>(picture.width) * kChannels;
  for (int y = 0; y < picture.height; ++y) {
    rows_.bytes_to_floats(picture.data + y * picture.row_stride_bytes, row, out.data() + y * row);
  }
}

void Preprocessor::ResizeRow(const ImageView& picture, int y) {
  if (resized_row_[y % 4] == y) return;
  resized_row_[y % 4] = y;
  float* row = source_row_.data() + kBorder * kChannels;
  rows_.bytes_to_floats(picture.data + y * picture.row_stride_bytes, static_cast<size_t>(picture.width) * kChannels,
                        row);
  float* end = row + static_cast<size_t>(picture.width) * kChannels;
  for (int i = 0; i < kBorder; ++i) {
    std::copy_n(row, kChannels, row - (i + 1) * kChannels);
    std::copy_n(end - kChannels, kChannels, end + i * kChannels);
  }
  rows_.resize_row(row, x_.first.data(), x_.coefficients.data(), x_.to, resized_[y % 4].data());
}

Status Preprocessor::Resize(const ImageView& picture, int width, int height, ChannelOrder order, std::span<float> out) {
  SINEW_RETURN_IF_ERROR(Validate(picture, width, height, out.size()));
  const size_t row_values = static_cast<size_t>(width) * kChannels;
  if (picture.width == width && picture.height == height) {
    CopyPicture(picture, out);
  } else {
    x_.Configure(picture.width, width);
    y_.Configure(picture.height, height);
    source_row_.assign((static_cast<size_t>(picture.width) + 2 * kBorder) * kChannels + kSlack, 0.0f);
    for (std::vector<float>& row : resized_) row.resize(row_values + kSlack);
    resized_row_.fill(-1);
    const size_t vector_values = row_values / 8 * 8;
    for (int y = 0; y < height; ++y) {
      const float* rows[4];
      float weights[4];
      const float* coefficients = y_.coefficients.data() + 4 * static_cast<size_t>(y);
      for (int k = 0; k < 4; ++k) {
        const int source = std::clamp(y_.first[y] + k, 0, picture.height - 1);
        ResizeRow(picture, source);
        rows[k] = resized_[source % 4].data();
        weights[k] = coefficients[k] * (1.0f / (kOne * kOne));
      }
      float* out_row = out.data() + y * row_values;
      rows_.combine_rows(rows, weights, vector_values, out_row);
      for (size_t i = vector_values; i < row_values; ++i) out_row[i] = CombineExactly(rows, coefficients, i);
    }
  }
  if (order == ChannelOrder::kRgb) {
    for (size_t i = 0; i < out.size(); i += kChannels) std::swap(out[i], out[i + 2]);
  }
  return Status();
}

}  // namespace sinew::pose
