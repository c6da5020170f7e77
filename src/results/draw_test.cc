// What is drawn, and that nothing outside the picture is touched.
#include "results/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sinew/model_description.h"

namespace sinew::results {
namespace {

Person Nobody() {
  Person person;
  person.keypoints.resize(Coco18Skeleton().keypoints.size());
  return person;
}

std::array<int, 3> PixelAt(const media::Image& image, int x, int y) {
  const uint8_t* p = &image.pixels[3 * static_cast<size_t>(y * image.width + x)];
  return {p[0], p[1], p[2]};
}

TEST(DrawTest, ALimbRunsBetweenItsKeypoints) {
  media::Image image = media::Image::OfSize(200, 100);
  Person person = Nobody();
  person.keypoints[2] = {20, 50, 0.9f};   // right shoulder
  person.keypoints[3] = {180, 50, 0.9f};  // right elbow
  DrawPeople({&person, 1}, Coco18Skeleton(), &image);
  EXPECT_EQ(PixelAt(image, 20, 50), (std::array<int, 3>{0, 85, 255})) << "a joint covers";
  EXPECT_EQ(PixelAt(image, 100, 50), (std::array<int, 3>{0, 119, 179})) << "a limb lets the picture through";
  EXPECT_EQ(PixelAt(image, 100, 60), (std::array<int, 3>{0, 0, 0}));
  EXPECT_EQ(PixelAt(image, 5, 50), (std::array<int, 3>{0, 0, 0}));
}

TEST(DrawTest, MissingKeypointsAndTheirLimbsAreLeftOut) {
  media::Image image = media::Image::OfSize(60, 60);
  Person person = Nobody();
  person.keypoints[3] = {30, 30, 0};
  DrawPeople({&person, 1}, Coco18Skeleton(), &image);
  EXPECT_EQ(std::count(image.pixels.begin(), image.pixels.end(), 0), static_cast<ptrdiff_t>(image.pixels.size()));
}

TEST(DrawTest, AnyCoordinateIsSafe) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {30, 30}}) {
    media::Image image = media::Image::OfSize(width, height);
    Person person = Nobody();
    const float wild[] = {
        -1e5f, 1e9f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 5, -0.5f, 29.9f};
    for (size_t i = 0; i < person.keypoints.size(); ++i) person.keypoints[i] = {wild[i % 7], wild[(i + 3) % 7], 1};
    DrawPeople({&person, 1}, Coco18Skeleton(), &image);
    EXPECT_EQ(image.pixels.size(), 3 * static_cast<size_t>(width * height));
  }
}

TEST(DrawTest, OtherSkeletonsAreNotDrawn) {
  media::Image image = media::Image::OfSize(10, 10);
  const Person person = {.keypoints = {{5, 5, 1}}, .score = 1};
  DrawPeople({&person, 1}, Coco18Skeleton(), &image);
  EXPECT_EQ(PixelAt(image, 5, 5), (std::array<int, 3>{0, 0, 0}));
}

}  // namespace
}  // namespace sinew::results
