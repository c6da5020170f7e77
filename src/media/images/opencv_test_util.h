// What tests of pictures share: a sample picture, and OpenCV as the yardstick.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string>
#include <vector>

#include "media/images/image.h"

namespace sinew::media {

// Smooth colours with some detail, so that lossy codecs keep most of it. 16-bit samples are the 8-bit ones times 257.
inline cv::Mat Sample(int width, int height, int type) {
  cv::Mat mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      mat.at<cv::Vec3b>(y, x) =
          cv::Vec3b(static_cast<uchar>(x * 5 + y), static_cast<uchar>(y * 7), static_cast<uchar>((x ^ y) * 3));
    }
  }
  cv::Mat result = mat;
  if (CV_MAT_CN(type) == 1) cv::cvtColor(mat, result, cv::COLOR_BGR2GRAY);
  if (CV_MAT_CN(type) == 4) cv::cvtColor(mat, result, cv::COLOR_BGR2BGRA);
  if (CV_MAT_DEPTH(type) == CV_16U) result.convertTo(result, CV_16U, 257);
  return result;
}

inline std::vector<uint8_t> Encoded(const cv::Mat& mat, const char* extension,
                                    const std::vector<int>& parameters = {}) {
  std::vector<uint8_t> bytes;
  EXPECT_TRUE(cv::imencode(extension, mat, bytes, parameters)) << extension;
  return bytes;
}

// The same pixels, as an Image.
inline Image FromMat(const cv::Mat& mat) {
  Image image = Image::OfSize(mat.cols, mat.rows);
  for (int y = 0; y < mat.rows; ++y) {
    for (int x = 0; x < mat.cols; ++x) {
      uint8_t* const to =
          image.pixels.data() + 3 * (static_cast<size_t>(y) * static_cast<size_t>(mat.cols) + static_cast<size_t>(x));
      for (int c = 0; c < 3; ++c)
        to[c] = mat.channels() == 1 ? mat.at<uchar>(y, x) : mat.ptr<uchar>(y)[mat.channels() * x + c];
    }
  }
  return image;
}

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string ErrorMessage(std::span<const uint8_t> bytes, const ImageLimits& limits = {}) {
  const Result<Image> image = DecodeImage(bytes, "a.jpg", limits);
  return image.ok() ? "decoded" : image.status().message();
}

// No value of `actual` further than `tolerance` from that of `expected`.
inline void ExpectNear(const Image& actual, const Image& expected, int tolerance) {
  ASSERT_EQ(actual.width, expected.width);
  ASSERT_EQ(actual.height, expected.height);
  size_t worst = 0;
  const auto error = [&](size_t i) { return std::abs(actual.pixels[i] - expected.pixels[i]); };
  for (size_t i = 0; i < actual.pixels.size(); ++i) worst = error(i) > error(worst) ? i : worst;
  EXPECT_LE(error(worst), tolerance) << "value " << worst << ": " << int{actual.pixels[worst]} << " for "
                                     << int{expected.pixels[worst]};
}

}  // namespace sinew::media
