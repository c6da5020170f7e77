// Regions: parsing, cropping, and keypoints on their way back.
#include "media/images/region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <string>

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

Image Numbered(int width, int height) {
  Image image = Image::OfSize(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* pixel = &image.pixels[3 * static_cast<size_t>(y * width + x)];
      pixel[0] = static_cast<uint8_t>(x);
      pixel[1] = static_cast<uint8_t>(y);
    }
  }
  return image;
}

TEST(RegionTest, ParsesFourNumbers) {
  EXPECT_EQ(ParseRegion("10,20,300,400").value(), (Region{10, 20, 300, 400}));
  EXPECT_EQ(ParseRegion("0,0,1,1").value(), (Region{0, 0, 1, 1}));
  for (const char* text :
       {"", "1", "1,2,3", "1,2,3,", "1,2,3,4,5", "1,2,3,4 ", " 1,2,3,4", "a,2,3,4", "1;2;3;4", "-1,2,3,4", "1,-2,3,4",
        "1,2,0,4", "1,2,3,0", "1,2,3,-4", "1,2,3,99999999999", "1.5,2,3,4"}) {
    EXPECT_THAT(ParseRegion(text).status().message(), HasSubstr("\"" + std::string(text) + "\" is not a region"))
        << text;
  }
}

TEST(RegionTest, TheViewShowsThePart) {
  const Image image = Numbered(50, 40);
  const Crop crop = CropTo(image, {10, 20, 15, 5}, "a.jpg").value();
  EXPECT_EQ(crop.view.width, 15);
  EXPECT_EQ(crop.view.height, 5);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 15; ++x) {
      const uint8_t* pixel = crop.view.data + static_cast<size_t>(y) * crop.view.row_stride_bytes + 3 * x;
      EXPECT_EQ(pixel[0], 10 + x);
      EXPECT_EQ(pixel[1], 20 + y);
    }
  }
}

TEST(RegionTest, IsCutAtTheEdges) {
  const Image image = Numbered(50, 40);
  for (const Region region : {Region{45, 38, 100, 100}, Region{45, 38, INT_MAX, INT_MAX}, Region{45, 38, 5, 2}}) {
    const Crop crop = CropTo(image, region, "a.jpg").value();
    EXPECT_EQ(crop.view.width, 5);
    EXPECT_EQ(crop.view.height, 2);
    EXPECT_EQ(crop.view.data[0], 45);
    EXPECT_EQ(crop.view.data[1], 38);
  }
  for (const Region region :
       {Region{50, 0, 1, 1}, Region{0, 40, 1, 1}, Region{INT_MAX, INT_MAX, INT_MAX, INT_MAX}, Region{0, 0, 0, 5}}) {
    EXPECT_THAT(CropTo(image, region, "a.jpg").status().message(), HasSubstr("a.jpg: the region"));
  }
  EXPECT_EQ(CropTo(image, {50, 0, 2, 3}, "a.jpg").status().message(),
            "a.jpg: the region 50,0,2,3 lies outside the picture of 50x40");
}

TEST(RegionTest, KeypointsGoBack) {
  const Image image = Numbered(50, 40);
  const Crop crop = CropTo(image, {10, 20, 30, 10}, "a.jpg").value();
  std::vector<Person> people(2);
  people[0].keypoints = {{1.5f, 2.25f, 0.9f}, {0, 0, 0}};
  people[1].keypoints = {{0, 0, 0}, {0, 0, 0.1f}};
  crop.MapBack(people);
  EXPECT_EQ(people[0].keypoints[0], (Keypoint{11.5f, 22.25f, 0.9f}));
  EXPECT_EQ(people[0].keypoints[1], Keypoint()) << "a missing keypoint has no place";
  EXPECT_EQ(people[1].keypoints[0], Keypoint());
  EXPECT_EQ(people[1].keypoints[1], (Keypoint{10, 20, 0.1f}));
}

}  // namespace
}  // namespace sinew::media
