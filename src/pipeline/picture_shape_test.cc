// Resolutions for pictures of all shapes: how many there are, and that pictures are seen as large as before.
#include "pipeline/picture_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace sinew::pipeline {
namespace {

using ::testing::HasSubstr;

TEST(PictureShapeTest, CommonShapesAreExact) {
  const std::vector<std::pair<int, int>> pictures = {
      {640, 480}, {480, 640},   {500, 375},   {1920, 1080}, {1080, 1920}, {1920, 1200}, {3000, 2000}, {4000, 3000},
      {800, 800}, {1280, 1024}, {2560, 1080}, {4096, 2048}, {3840, 2160}, {1280, 720},  {640, 426}};
  for (const auto& [width, height] : pictures) {
    for (const Resolution wish : {Resolution{-1, 368}, Resolution{-1, 656}, Resolution{432, -1}, Resolution{-1, 256}}) {
      const PictureShape shape = FitPictureShape(wish, width, height).value();
      if (shape.needs_padding) continue;
      EXPECT_EQ(shape.resolution, FitResolution(wish, width, height).value());
    }
    EXPECT_FALSE(FitPictureShape({-1, 368}, width, height)->needs_padding) << width << "x" << height;
  }
  EXPECT_EQ(FitPictureShape({-1, 368}, 1920, 1080)->resolution, (Resolution{656, 368}));
  EXPECT_EQ(FitPictureShape({656, 368}, 17, 3000)->resolution, (Resolution{656, 368})) << "nothing follows";
  EXPECT_FALSE(FitPictureShape({656, 368}, 17, 3000)->needs_padding);
}

TEST(PictureShapeTest, OthersArePaddedToTheNextLargerOne) {
  // 1000:563.4 is 653.2 to 368: 656, as for 16:9.
  EXPECT_FALSE(FitPictureShape({-1, 368}, 10000, 5634)->needs_padding);
  const PictureShape shape = FitPictureShape({-1, 368}, 1700, 1000).value();  // 625.6: 624
  EXPECT_EQ(shape.resolution, (Resolution{656, 368}));
  EXPECT_TRUE(shape.needs_padding);
  EXPECT_EQ(FitPictureShape({368, -1}, 1000, 1700)->resolution, (Resolution{368, 656}));
}

TEST(PictureShapeTest, ThereAreFewOfThem) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> side(1, 5000);
  for (const Resolution wish :
       {Resolution{-1, 48}, Resolution{-1, 368}, Resolution{-1, 1088}, Resolution{432, -1}, Resolution{1312, -1}}) {
    std::set<std::pair<int, int>> seen;
    for (int i = 0; i < 20000; ++i) {
      const int width = side(random), height = side(random);
      const Result<Resolution> exact = FitResolution(wish, width, height);
      const Result<PictureShape> shape = FitPictureShape(wish, width, height);
      ASSERT_EQ(shape.ok(), exact.ok());
      if (!shape.ok()) continue;
      seen.emplace(shape->resolution.width, shape->resolution.height);
      // The side that was given stays, and the other one has room for the whole picture at that scale.
      const int given = wish.width == -1 ? shape->resolution.height : shape->resolution.width;
      EXPECT_EQ(given, wish.width == -1 ? wish.height : wish.width);
      const int needed = wish.width == -1 ? exact->width : exact->height;
      const int got = wish.width == -1 ? shape->resolution.width : shape->resolution.height;
      const double longer = static_cast<double>(std::max(width, height)) / std::min(width, height);
      if (longer > 44 || needed > 16384 * 3 / 4) continue;
      EXPECT_GE(got, needed) << width << "x" << height;
      EXPECT_LE(got, std::max(needed + 16, needed * 7 / 5)) << width << "x" << height;
      EXPECT_EQ(shape->needs_padding, got != needed);
    }
    EXPECT_LE(seen.size(), static_cast<size_t>(kMaxPictureShapes)) << wish.width << "x" << wish.height;
    EXPECT_GT(seen.size(), 5u);
  }
}

TEST(PictureShapeTest, WhatHasNoShapeIsRefused) {
  EXPECT_THAT(FitPictureShape({-1, -1}, 10, 10).status().message(), HasSubstr("only one of the two sides"));
  EXPECT_THAT(FitPictureShape({-1, 368}, 10, 0).status().message(), HasSubstr("10x0 pixels has no shape"));
  EXPECT_THAT(FitPictureShape({-1, 368}, 60000, 10).status().message(), HasSubstr("the limit is 16384"));
}

}  // namespace
}  // namespace sinew::pipeline
