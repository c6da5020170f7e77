// The resize on every instruction set against its definition (preprocess.h), written out plainly, bit for bit. That the
// definition is OpenCV's resize is what preprocess_test.cc shows.
#include "pose/cubic_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "pose/preprocess.h"

namespace sinew::pose {
namespace {

struct Size {
  int width, height;
};

// One output position: four source positions from `first` on, unclamped, and their weights times 2048.
struct Taps {
  int first;
  double weights[4];
};

Taps TapsAt(int position, int source, int target) {
  const double scale = 1.0 / (static_cast<double>(target) / source);
  const float at = static_cast<float>((position + 0.5) * scale - 0.5);
  const float whole = std::floor(at), x = at - whole;
  const float a = -0.75f;
  float exact[4];
  exact[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  exact[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
  exact[2] = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  exact[3] = 1.0f - exact[0] - exact[1] - exact[2];
  Taps taps{static_cast<int>(whole) - 1, {}};
  for (int k = 0; k < 4; ++k) taps.weights[k] = std::nearbyint(exact[k] * 2048);
  return taps;
}

std::vector<float> ResizePlainly(const std::vector<uint8_t>& picture, int width, int height, int to_width,
                                 int to_height) {
  std::vector<float> out;
  for (int y = 0; y < to_height; ++y) {
    const Taps rows = TapsAt(y, height, to_height);
    for (int i = 0; i < 3 * to_width; ++i) {
      const Taps columns = TapsAt(i / 3, width, to_width);
      double along[4] = {};
      for (int r = 0; r < 4; ++r) {
        const int row = std::clamp(rows.first + r, 0, height - 1);
        for (int c = 0; c < 4; ++c) {
          const int column = std::clamp(columns.first + c, 0, width - 1);
          along[r] += columns.weights[c] * picture[static_cast<size_t>((row * width + column) * 3 + i % 3)];
        }
      }
      if (i < 3 * to_width / 8 * 8) {
        // Every operation in single precision, the last row first.
        constexpr float kScale = 1.0f / (2048.0f * 2048.0f);
        float sum = 0;
        for (int r = 3; r >= 0; --r) {
          const float product = static_cast<float>(along[r]) * (static_cast<float>(rows.weights[r]) * kScale);
          sum = r == 3 ? product : product + sum;
        }
        out.push_back(std::clamp(std::nearbyint(sum), 0.0f, 255.0f));
      } else {
        double sum = 1 << 21;
        for (int r = 0; r < 4; ++r) sum += along[r] * rows.weights[r];
        out.push_back(static_cast<float>(std::clamp(std::floor(sum / (1 << 22)), 0.0, 255.0)));
      }
    }
  }
  return out;
}

TEST(CubicRowsTest, EveryTargetFollowsTheDefinition) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(1);
    Preprocessor preprocessor(target);
    for (const auto& [from, to] : {std::pair(Size{1, 1}, Size{5, 4}),
                                   {{7, 5}, {16, 8}},
                                   {{33, 21}, {17, 40}},
                                   {{64, 48}, {27, 19}},
                                   {{50, 3}, {51, 2}}}) {
      std::vector<uint8_t> bytes(static_cast<size_t>(from.width * from.height * 3));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 2 * 255);
      std::vector<float> out(static_cast<size_t>(to.width * to.height * 3));
      const ImageView picture{bytes.data(), from.width, from.height, static_cast<size_t>(from.width) * 3};
      ASSERT_TRUE(preprocessor.Resize(picture, to.width, to.height, ChannelOrder::kBgr, out).ok());
      EXPECT_EQ(out, ResizePlainly(bytes, from.width, from.height, to.width, to.height))
          << from.width << "x" << from.height << " to " << to.width << "x" << to.height;
    }
  }
}

TEST(CubicRowsTest, BytesBecomeFloatsAndNothingBeyond) {
  for (const simd::Target target : simd::SupportedTargets()) {
    for (const size_t count : {1, 15, 16, 17, 100}) {
      std::vector<uint8_t> bytes;
      for (size_t i = 0; i < count; ++i) bytes.push_back(static_cast<uint8_t>(255 - i));
      std::vector<float> out(count + 1, -7.0f);
      CubicRowsFor(target).bytes_to_floats(bytes.data(), count, out.data());
      for (size_t i = 0; i < count; ++i) EXPECT_EQ(out[i], static_cast<float>(255 - i));
      EXPECT_EQ(out[count], -7.0f) << simd::TargetName(target);
    }
  }
}

}  // namespace
}  // namespace sinew::pose
