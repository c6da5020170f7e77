// MoveNet MultiPose's rules by answers worked out by hand; tests/golden/tfjs_people_test.cc has TensorFlow.js's own.
#include "pose/movenet_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sinew::pose {
namespace {

constexpr int kRows = 16, kColumns = 24;

ModelDescription Point() {
  ModelDescription description = MoveNetMultiPoseDescription();
  description.skeleton.keypoints.resize(1);
  description.skeleton.keypoints[0].mirror = -1;
  description.skeleton.limbs.clear();
  description.heads.heat_maps.count = 1;
  description.heads.offsets.count = description.heads.regression.count = 2;
  return description;
}

struct TestMaps {
  std::vector<float> heat = std::vector<float>(kRows * kColumns), centers = heat,
                     regression = std::vector<float>(2 * heat.size()), offsets = regression, box_sizes = regression,
                     box_offsets = regression;
  static size_t Cell(int y, int x) { return static_cast<size_t>(y * kColumns + x); }
  static void Set(std::vector<float>& values, int y, int x, float up_down, float left_right) {
    values[2 * Cell(y, x)] = up_down;
    values[2 * Cell(y, x) + 1] = left_right;
  }
  void AddPerson(int y, int x, float centre) {
    centers[Cell(y, x)] = centre;
    Set(box_sizes, y, x, 8, 8);
  }
  std::vector<Person> People(float min_score = 0.1f) const {
    const auto view = [](const std::vector<float>& values, int channels) {
      return ConstView{values.data(), kRows, kColumns, channels, static_cast<size_t>(channels)};
    };
    DecodeOptions options;
    options.min_parts = 1;
    options.min_score = min_score;
    MoveNetDecoder decoder(Point(), simd::PreferredTarget());
    const auto people = decoder.Decode(std::vector{view(heat, 1), view(centers, 1), view(regression, 2),
                                                   view(offsets, 2), view(box_sizes, 2), view(box_offsets, 2)},
                                       {4 * kColumns, 4 * kRows, 4 * kColumns, 4 * kRows}, options);
    EXPECT_TRUE(people.ok()) << people.status().message();
    return people.ok() ? *people : std::vector<Person>();
  }
};

TEST(MoveNetDecoderTest, HeatNearTheRoughPlaceWins) {
  TestMaps maps;
  maps.AddPerson(8, 12, 0.9f);
  TestMaps::Set(maps.regression, 8, 12, -1, 2);
  maps.heat[TestMaps::Cell(6, 13)] = 0.8f;  // a cell up and one to the left of (7, 14)
  maps.heat[TestMaps::Cell(10, 9)] = 0.9f;  // farther away
  maps.heat[TestMaps::Cell(7, 16)] = 1;     // beyond the box
  TestMaps::Set(maps.offsets, 6, 13, 0.25f, 0.75f);
  const auto people = maps.People();
  ASSERT_EQ(people.size(), 1u);
  const Keypoint& keypoint = people[0].keypoints[0];
  EXPECT_FLOAT_EQ(keypoint.x, 13.75f * 4 - 0.5f);
  EXPECT_FLOAT_EQ(keypoint.y, 6.25f * 4 - 0.5f);
  EXPECT_FLOAT_EQ(keypoint.score, 0.8f * std::exp(-2 / (16 * 0.300048828125f)));
  EXPECT_FLOAT_EQ(people[0].score, 0.9f * keypoint.score);
}

TEST(MoveNetDecoderTest, OfCentresWithinAWindowTheHighestStays) {
  TestMaps maps;
  for (const int x : {4, 6, 9, 20}) {
    maps.AddPerson(8, x, 0.5f + 0.01f * static_cast<float>(x));
    maps.heat[TestMaps::Cell(8, x)] = 1;
  }
  EXPECT_EQ(maps.People().size(), 3u) << "4 gives way to 6, which is three cells from 9";
  EXPECT_EQ(maps.People(0.6f).size(), 1u);
}

TEST(MoveNetDecoderTest, ACellsScoreIsThatOfWhomeverItFitsBest) {
  TestMaps maps;
  maps.AddPerson(8, 12, 0.9f);
  maps.heat[TestMaps::Cell(8, 14)] = 0.5f;  // two cells from the rough place
  EXPECT_FLOAT_EQ(maps.People()[0].keypoints[0].score, 0.5f * std::exp(-4 / (16 * 0.300048828125f)));
  maps.AddPerson(8, 16, 0.05f);  // unlikely to be a person, and still among the six best
  TestMaps::Set(maps.regression, 8, 16, 0, -1);
  const auto people = maps.People();
  ASSERT_EQ(people.size(), 1u);
  EXPECT_FLOAT_EQ(people[0].keypoints[0].score, 0.5f * std::exp(-1 / (16 * 0.300048828125f)));
}

TEST(MoveNetDecoderTest, NobodyInABoxWithoutHeat) {
  TestMaps maps;
  maps.AddPerson(8, 12, 0.9f);
  EXPECT_EQ(maps.People(0).size(), 0u);
  TestMaps::Set(maps.box_sizes, 8, 12, -3e38f, 3e38f);
  TestMaps::Set(maps.regression, 8, 12, -3e38f, 3e38f);
  maps.heat[TestMaps::Cell(8, 12)] = 1;
  EXPECT_EQ(maps.People(0).size(), 0u);
}

}  // namespace
}  // namespace sinew::pose
