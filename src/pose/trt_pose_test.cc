// The steps of trt_pose's decoder by answers worked out by hand.
#include "pose/trt_pose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pose/people_decoder.h"

namespace sinew::pose {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr int kHeight = 12, kWidth = 16;

// Two keypoints and the limb between them, its field's y first, as trt_pose has it.
Skeleton Stick() {
  Skeleton skeleton;
  skeleton.name = "stick";
  skeleton.keypoints.resize(2);
  skeleton.keypoints[0].name = "head";
  skeleton.keypoints[1].name = "foot";
  skeleton.limbs = {{.from = 0, .to = 1, .field_x = 1, .field_y = 0}};
  return skeleton;
}

// Maps of two keypoints and one field.
struct TestMaps {
  std::vector<float> heat = std::vector<float>(kHeight * kWidth * 2), fields = heat;

  ConstView View(const std::vector<float>& values) const { return {values.data(), kHeight, kWidth, 2, 2}; }
  float& Heat(int y, int x, int keypoint) { return heat[static_cast<size_t>((y * kWidth + x) * 2 + keypoint)]; }
  void Field(int y, int x, float up_down, float left_right) {
    fields[static_cast<size_t>((y * kWidth + x) * 2)] = up_down;
    fields[static_cast<size_t>((y * kWidth + x) * 2 + 1)] = left_right;
  }
  std::vector<TrtPosePerson> People(const TrtPoseOptions& options = {}) const {
    return FindTrtPosePeople(View(heat), View(fields), Stick(), options);
  }
};

MATCHER_P3(IsAt, x, y, heat, "") {
  return std::abs(arg.x - x) < 1e-5f && std::abs(arg.y - y) < 1e-5f && arg.heat == heat;
}
MATCHER(IsMissing, "") { return arg.heat == 0; }

TEST(TrtPoseTest, APeakGoesToTheCentreOfTheHeatAroundIt) {
  TestMaps maps;
  maps.Heat(5, 7, 0) = 0.6f;
  maps.Heat(5, 8, 0) = 0.2f;   // (0.6 * 7 + 0.2 * 8) / 0.8 = 7.25, and half a cell
  maps.Heat(6, 7, 1) = 0.09f;  // too cold
  EXPECT_THAT(maps.People(), ElementsAre(ElementsAre(IsAt(7.75f, 5.5f, 0.6f), IsMissing())));
}

TEST(TrtPoseTest, OfTwoPeaksWithinAWindowTheHotterOneStays) {
  TestMaps maps;
  maps.Heat(5, 7, 0) = 0.5f;
  maps.Heat(5, 9, 0) = 0.75f;
  maps.Heat(5, 12, 0) = 0.5f;  // three cells away: beyond the window
  const std::vector<TrtPosePerson> people = maps.People();
  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0][0].heat, 0.75f);
  EXPECT_EQ(people[1][0].heat, 0.5f);
}

TEST(TrtPoseTest, TheWindowIsMirroredAtTheEdge) {
  TestMaps maps;
  maps.Heat(0, 0, 0) = 0.5f;
  maps.Heat(0, 1, 0) = 0.25f;  // and at column -1 in the mirror
  EXPECT_THAT(maps.People(), ElementsAre(ElementsAre(IsAt(0.5f, 0.5f, 0.5f), IsMissing())));
}

// The integral over seven samples from (3.5, 2.5) straight down to (3.5, 8.5): rows 2 to 8, one each.
TEST(TrtPoseTest, PairsByTheMeanOfTheFieldAlongTheLine) {
  TestMaps maps;
  maps.Heat(2, 3, 0) = maps.Heat(8, 3, 1) = 1;
  maps.Field(4, 3, 0.4f, 0);
  maps.Field(5, 3, 0.4f, 1);  // across the line: does not count
  EXPECT_EQ(maps.People().size(), 1u) << "0.8 / 7 is above 0.1";
  maps.Field(5, 3, 0.29f, 1);
  EXPECT_EQ(maps.People().size(), 2u) << "0.69 / 7 is not";
  EXPECT_EQ(maps.People({.link_threshold = 0.09f}).size(), 1u);
}

// The left head and foot score 1.0, the right ones nothing, and those across 0.9 each: taking the best pair first would
// leave the right ones alone; the largest sum is that of the two across.
TEST(TrtPoseTest, PairsHaveTheLargestSum) {
  TestMaps maps;
  maps.Heat(2, 2, 0) = maps.Heat(8, 2, 1) = 1;
  maps.Heat(2, 13, 0) = maps.Heat(8, 13, 1) = 1;
  for (int y = 2; y <= 8; ++y) maps.Field(y, 2, 1, 0);
  // From (2.5, 2.5) to (13.5, 8.5) the way is (11, 6), 12.53 long; the samples between the ends lie in these cells.
  const float along_x = 11 / 12.53f, along_y = 6 / 12.53f, strength = 1.16f;
  constexpr int kCells[5] = {4, 6, 8, 9, 11}, kMirroredCells[5] = {11, 9, 8, 6, 4};
  for (int i = 0; i < 5; ++i) {
    maps.Field(3 + i, kCells[i], strength * along_y, strength * along_x);
    maps.Field(3 + i, kMirroredCells[i], strength * along_y, -strength * along_x);
  }
  maps.Field(5, 8, strength / along_y, 0);  // where they cross
  const std::vector<TrtPosePerson> people = maps.People();
  ASSERT_EQ(people.size(), 2u);
  EXPECT_LT(people[0][0].x, 8);
  EXPECT_GT(people[0][1].x, 8) << "the left head has the right foot";
  EXPECT_GT(people[1][0].x, 8);
  EXPECT_LT(people[1][1].x, 8);
}

TEST(TrtPoseTest, EqualHeatEverywhereEndsInTime) {
  TestMaps maps;
  std::ranges::fill(maps.heat, 1.0f);
  std::ranges::fill(maps.fields, 1.0f);
  const std::vector<TrtPosePerson> people = maps.People();
  EXPECT_GE(people.size(), 100u);
  EXPECT_LE(people.size(), 200u) << "a hundred peaks of each keypoint";
}

TEST(TrtPoseTest, MapsSmallerThanTheWindow) {
  const float heat[] = {0.5f, 0.25f}, field[] = {0, 0};
  const auto people = FindTrtPosePeople({heat, 1, 1, 2, 2}, {field, 1, 1, 2, 2}, Stick());
  ASSERT_EQ(people.size(), 2u);
  EXPECT_THAT(people[0][0].x, FloatNear(0.5f, 1e-6f));
}

// By the model's description, in pixels of the picture: a cell is 4 pixels of the network's input, which shows the
// picture at half its size.
TEST(TrtPoseTest, TheDescriptionChoosesItAndPeopleLieOnThePicture) {
  TestMaps maps;
  maps.Heat(2, 3, 0) = maps.Heat(8, 3, 1) = 0.5f;
  maps.Heat(2, 12, 0) = 0.75f;
  for (int y = 2; y <= 8; ++y) maps.Field(y, 3, 1, 0);
  ModelDescription description = TrtPoseDescription(0, 1);
  description.skeleton = Stick();
  description.heads.heat_maps.count = description.heads.fields.count = 2;
  ASSERT_TRUE(description.Validate().ok()) << description.Validate().message();
  const std::unique_ptr<PeopleDecoder> decoder = MakePeopleDecoder(description);
  const ConstView outputs[] = {maps.View(maps.heat), maps.View(maps.fields)};
  const MapGeometry geometry{.picture_width = 8 * kWidth, .picture_height = 8 * kHeight};
  DecodeOptions options;
  options.min_parts = 1;
  auto people = decoder->Decode(outputs, geometry, options);
  ASSERT_TRUE(people.ok()) << people.status().message();
  ASSERT_EQ(people->size(), 2u);
  EXPECT_FLOAT_EQ((*people)[0].score, 0.5f);
  EXPECT_FLOAT_EQ((*people)[0].keypoints[0].x, 3.5f * 8 - 0.5f);
  EXPECT_FLOAT_EQ((*people)[0].keypoints[1].y, 8.5f * 8 - 0.5f);
  EXPECT_EQ((*people)[1].keypoints[1].score, 0) << "a head alone";
  options.max_people = 1;
  EXPECT_FLOAT_EQ(decoder->Decode(outputs, geometry, options)->at(0).score, 0.75f);
  options.min_parts = 2;
  EXPECT_EQ(decoder->Decode(outputs, geometry, options)->size(), 1u);
  options.compat = DecodeOptions::Compat::kTfPose;
  EXPECT_FALSE(decoder->Decode(outputs, geometry, options).ok());
}

}  // namespace
}  // namespace sinew::pose
