// Letters, where they are and that they stay in the picture.
#include "media/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

Image Grey(int width, int height) {
  Image image = Image::OfSize(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{100});
  return image;
}

Image With(std::string_view text, int x, int y, int cap_height, Image image) {
  const Status status = DrawText(text, x, y, cap_height, &image);
  EXPECT_TRUE(status.ok()) << status.message();
  return image;
}

TEST(TextTest, WhiteOnBlackWhereItWasAskedFor) {
  const Image image = With("H7", 20, 60, 40, Grey(200, 100));
  int top = 100, bottom = 0, left = 200, right = 0, white = 0, black = 0;
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 200; ++x) {
      const uint8_t* p = &image.pixels[3 * static_cast<size_t>(y * 200 + x)];
      EXPECT_TRUE(p[0] == p[1] && p[1] == p[2]);
      black += p[0] == 0;
      if (p[0] < 255) continue;
      ++white;
      top = std::min(top, y), bottom = std::max(bottom, y), left = std::min(left, x), right = std::max(right, x);
    }
  }
  EXPECT_GT(white, 200);
  EXPECT_GT(black, white / 2) << "the rim";
  EXPECT_NEAR(bottom - top, 40, 8);
  EXPECT_NEAR(bottom, 60, 4) << "the base line";
  EXPECT_NEAR(left, 20, 8);
  EXPECT_LT(right, 110);
  EXPECT_NE(With("H8", 20, 60, 40, Grey(200, 100)), image);
}

TEST(TextTest, SmallLettersAndNone) {
  EXPECT_NE(With("8", 2, 9, 5, Grey(20, 12)), Grey(20, 12));
  EXPECT_EQ(With("", 5, 9, 8, Grey(20, 12)), Grey(20, 12));
}

TEST(TextTest, AnyPlaceAndTextIsSafe) {
  constexpr int kMax = std::numeric_limits<int>::max(), kMin = std::numeric_limits<int>::min();
  for (const auto& [x, y] : {std::pair{kMax, kMax}, {kMin, kMin}, {kMin, kMax}, {-5, 3}, {18, 40}}) {
    With("id 12345678901234567890 \xff ü\n\x01", x, y, 12, Grey(20, 12));
    With("1", x, y, 10'000, Grey(1, 1));
  }
  With(std::string(100'000, 'W'), 0, 10, 10, Grey(30, 12));
  Image image = Grey(2, 2);
  EXPECT_THAT(DrawText("1", 0, 0, 0, &image).message(), HasSubstr("letters of 0 pixels"));
}

}  // namespace
}  // namespace sinew::media
