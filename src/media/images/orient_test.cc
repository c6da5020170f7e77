// The eight orientations by hand, and against one another.
#include "media/images/orient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::media {
namespace {

// Rows of letters as a picture whose three channels tell the letter apart.
Image Letters(const std::vector<std::string>& rows) {
  Image image = Image::OfSize(static_cast<int>(rows[0].size()), static_cast<int>(rows.size()));
  size_t i = 0;
  for (const std::string& row : rows) {
    for (const char c : row) {
      for (int channel = 0; channel < 3; ++channel) image.pixels[i++] = static_cast<uint8_t>(c + 50 * channel);
    }
  }
  return image;
}

Image Pattern(int width, int height) {
  Image image = Image::OfSize(width, height);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 31 + i / 251);
  return image;
}

TEST(OrientTest, ByHand) {
  const Image image = Letters({"abc", "def"});
  EXPECT_EQ(Oriented(image, {0, false}), image);
  EXPECT_EQ(Oriented(image, {90, false}), Letters({"da", "eb", "fc"}));
  EXPECT_EQ(Oriented(image, {180, false}), Letters({"fed", "cba"}));
  EXPECT_EQ(Oriented(image, {270, false}), Letters({"cf", "be", "ad"}));
  EXPECT_EQ(Oriented(image, {0, true}), Letters({"cba", "fed"}));
  EXPECT_EQ(Oriented(image, {90, true}), Letters({"ad", "be", "cf"}));
  EXPECT_EQ(Oriented(image, {180, true}), Letters({"def", "abc"}));
  EXPECT_EQ(Oriented(image, {270, true}), Letters({"fc", "eb", "da"}));
}

TEST(OrientTest, SizesAroundTheTiles) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 70}, {70, 1}, {31, 33}, {32, 64}, {97, 65}}) {
    const Image image = Pattern(width, height);
    Image turned = image;
    for (int i = 1; i <= 4; ++i) {
      turned = Oriented(std::move(turned), {90, false});
      EXPECT_EQ(turned, Oriented(image, {90 * i % 360, false})) << width << "x" << height;
      EXPECT_EQ(Oriented(turned, {0, true}), Oriented(image, {90 * i % 360, true})) << width << "x" << height;
    }
  }
}

TEST(OrientTest, OtherAnglesAreRefused) {
  for (const int rotate : {0, 90, 180, 270}) EXPECT_TRUE(CheckOrientation({rotate, true}).ok());
  for (const int rotate : {-90, 1, 45, 360}) {
    EXPECT_THAT(CheckOrientation({rotate, false}).message(), ::testing::HasSubstr("not by " + std::to_string(rotate)));
  }
}

}  // namespace
}  // namespace sinew::media
