// The steps of lightweight OpenPose's decoder by answers worked out by hand; whole decodes against another program are
// in tests/golden/lightweight_openpose_test.cc.
#include "pose/lightweight_openpose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pose/assemble.h"
#include "pose/people_decoder.h"

namespace sinew::pose {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MATCHER_P2(IsAt, x, y, "") { return arg.x == x && arg.y == y; }

struct Plane {
  int width, height;
  std::vector<float> values = std::vector<float>(static_cast<size_t>(width * height));
  float& at(int x, int y) { return values[static_cast<size_t>(y * width + x)]; }
  std::vector<LightweightPeak> Find(int most = 100) const { return FindLightweightPeaks(values, width, most); }
};

TEST(LightweightPeaksTest, APeakIsAboveFourNeighboursAndMayLieAtTheBorder) {
  Plane plane{40, 30};
  plane.at(0, 0) = 0.5f;
  plane.at(39, 29) = 0.5f;
  plane.at(20, 10) = 0.5f;
  plane.at(21, 11) = 0.6f;                     // diagonally: another peak, which the first one removes
  plane.at(10, 20) = plane.at(11, 20) = 0.7f;  // equal neighbours are none
  EXPECT_THAT(plane.Find(), ElementsAre(IsAt(0, 0), IsAt(20, 10), IsAt(39, 29)));
}

TEST(LightweightPeaksTest, BelowATenthThereIsNothing) {
  Plane plane{9, 9};
  plane.at(4, 4) = 0.0999f;
  EXPECT_THAT(plane.Find(), IsEmpty());
  plane.at(4, 4) = 0.1f;
  EXPECT_EQ(plane.Find().at(0).heat, 0.1f);
}

// From left to right, whatever the heat; and what was removed removes nothing.
TEST(LightweightPeaksTest, TheLeftOneOfTwoThatAreNearStays) {
  Plane plane{40, 12};
  plane.at(10, 5) = 0.2f;
  plane.at(15, 5) = 0.9f;  // 5 pixels from the first
  plane.at(20, 5) = 0.9f;  // 5 from the second, 10 from the first
  plane.at(26, 5) = 0.9f;  // 6 from the third
  EXPECT_THAT(plane.Find(), ElementsAre(IsAt(10, 5), IsAt(20, 5), IsAt(26, 5)));
  plane.at(26, 5) = 0;
  plane.at(23, 10) = 0.9f;  // sqrt(9 + 25) is less than 6
  EXPECT_THAT(plane.Find(), ElementsAre(IsAt(10, 5), IsAt(20, 5)));
}

TEST(LightweightPeaksTest, InOneColumnTheUpperOneStays) {
  Plane plane{12, 40};
  plane.at(5, 15) = 0.9f;
  plane.at(5, 10) = 0.2f;
  EXPECT_THAT(plane.Find(), ElementsAre(IsAt(5, 10)));
}

TEST(LightweightPeaksTest, OfTooManyTheHottestStay) {
  Plane plane{60, 12};
  plane.at(10, 5) = 0.3f;
  plane.at(20, 5) = 0.5f;
  plane.at(30, 5) = 0.2f;
  plane.at(40, 5) = 0.4f;
  EXPECT_THAT(plane.Find(2), ElementsAre(IsAt(20, 5), IsAt(40, 5)));
}

// Two channels of cells whose value is the same in each column: along the middle of a cell, the cubic gives it again.
struct Field {
  static constexpr int kHeight = 4, kWidth = 16;
  std::vector<float> values = std::vector<float>(kHeight * kWidth * 2);
  CubicAxis x, y;

  Field() {
    x.Configure(kWidth, kWidth * kLightweightUpsampling);
    y.Configure(kHeight, kHeight * kLightweightUpsampling);
  }
  void SetColumns(int first, int last, float field_x, float field_y) {
    for (int row = 0; row < kHeight; ++row) {
      for (int column = first; column < last; ++column) {
        values[static_cast<size_t>((row * kWidth + column) * 2)] = field_x;
        values[static_cast<size_t>((row * kWidth + column) * 2 + 1)] = field_y;
      }
    }
  }
  std::vector<LightweightConnection> Connect(std::vector<LightweightPeak> from, std::vector<LightweightPeak> to) const {
    return ConnectLightweightPeaks({values.data(), kHeight, kWidth, 2, 2}, x, y, Limb{0, 1, 0, 1}, from, to);
  }
};

TEST(LightweightConnectionTest, TheScoreIsTheMeanOfTheGoodSamplesAlongTheLine) {
  Field field;
  field.SetColumns(0, Field::kWidth, 0.6f, 0.3f);  // only x counts from left to right
  const auto found = field.Connect({{8, 6}}, {{44, 6}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].score, 0.6, 1e-6);
  EXPECT_THAT(field.Connect({{44, 6}}, {{8, 6}}), IsEmpty()) << "against the field";
}

// Samples are 4 pixels apart, one a cell, from cell 2 to cell 11.
TEST(LightweightConnectionTest, NineOfTenSamplesMustBeGood) {
  Field field;
  field.SetColumns(0, Field::kWidth, 0.6f, 0);
  field.SetColumns(0, 2, -3, 0);  // beside cell 2: by the cubic's overshooting that is brighter
  EXPECT_EQ(field.Connect({{9, 6}}, {{45, 6}}).size(), 1u);
  field.SetColumns(0, 3, -3, 0);
  EXPECT_EQ(field.Connect({{9, 6}}, {{45, 6}}).size(), 1u) << "one is not good";
  field.SetColumns(0, 4, -3, 0);
  EXPECT_THAT(field.Connect({{9, 6}}, {{45, 6}}), IsEmpty()) << "two are not";
}

TEST(LightweightConnectionTest, PeaksAtTheSamePlaceAreNotConnected) {
  Field field;
  field.SetColumns(0, Field::kWidth, 0.6f, 0.6f);
  EXPECT_THAT(field.Connect({{8, 6}}, {{8, 6}}), IsEmpty());
}

// The steeper a line, the less of the field lies along it.
TEST(LightweightConnectionTest, ThePairsOfTheHighestScoresAreTakenFirst) {
  Field field;
  field.SetColumns(0, Field::kWidth, 0.6f, 0);
  const auto found = field.Connect({{8, 2}, {8, 12}}, {{30, 11}, {30, 12}, {30, 15}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].from, 1);
  EXPECT_EQ(found[0].to, 1) << "level";
  EXPECT_EQ(found[1].from, 0);
  EXPECT_EQ(found[1].to, 0) << "of what is left, the flattest";
  EXPECT_GT(found[0].score, found[1].score);
}

// A shoulder, an elbow, an ear, a nose: the ear is joined to the nose, and to the shoulder by a limb that only fills
// in.
Skeleton Arm() {
  Skeleton skeleton;
  skeleton.keypoints.resize(4);
  skeleton.limbs = {{0, 1, 0, 1}, {3, 2, 2, 3}, {0, 2, 4, 5, false}};
  return skeleton;
}

TEST(LightweightGroupingTest, WhoHasTheFirstEndGetsTheOther) {
  Skeleton chain;
  chain.keypoints.resize(3);
  chain.limbs = {{0, 1, 0, 1}, {1, 2, 2, 3}};
  const LightweightPeaks peaks = {{{0, 0, 0.5f}}, {{0, 0, 0.25f}, {0, 0, 0.75f}}, {{0, 0, 0.5f}, {0, 0, 0.125f}}};
  const std::vector<LightweightConnection> first = {{0, 1, 0.5}}, second = {{1, 0, 1.0}, {0, 1, 0.25}};
  const auto people = GroupLightweightPeaks(chain, peaks, std::vector{first, second});
  ASSERT_EQ(people.size(), 2u);
  EXPECT_THAT(people[0].peaks, ElementsAre(0, 1, 0));
  EXPECT_EQ(people[0].parts, 3);
  EXPECT_DOUBLE_EQ(people[0].sum, 0.5 + 0.75 + 0.5 + 0.5 + 1.0);
  EXPECT_THAT(people[1].peaks, ElementsAre(kMissing, 0, 1)) << "nobody had that one";
  EXPECT_EQ(people[1].parts, 2);
  EXPECT_DOUBLE_EQ(people[1].sum, 0.25 + 0.125 + 0.25);
}

TEST(LightweightGroupingTest, AnEarOfTheShoulderFillsInAndDoesNotCount) {
  const LightweightPeaks peaks = {{{0, 0, 1}, {0, 0, 1}}, {{0, 0, 1}, {0, 0, 1}}, {{0, 0, 1}, {0, 0, 1}}, {{0, 0, 1}}};
  // Two with a shoulder, one who has an ear already.
  const std::vector<LightweightConnection> arms = {{0, 0, 0.5}, {1, 1, 0.5}}, heads = {{0, 0, 0.5}}, ears = {{0, 0, 9}};
  const auto people = GroupLightweightPeaks(Arm(), peaks, std::vector{arms, heads, ears});
  ASSERT_EQ(people.size(), 3u);
  EXPECT_THAT(people[0].peaks, ElementsAre(0, 0, 0, kMissing)) << "the ear of its shoulder";
  EXPECT_EQ(people[0].parts, 2);
  EXPECT_DOUBLE_EQ(people[0].sum, 2.5);
  EXPECT_THAT(people[1].peaks, ElementsAre(1, 1, kMissing, kMissing));
  EXPECT_THAT(people[2].peaks, ElementsAre(0, kMissing, 0, 0)) << "the shoulder of its ear: they share both";
  EXPECT_EQ(people[2].parts, 2);
}

TEST(LightweightGroupingTest, WhatIsThereIsNotReplacedByFillingIn) {
  Skeleton skeleton = Arm();
  skeleton.limbs[1] = {0, 2, 2, 3};
  skeleton.limbs[2] = {1, 2, 4, 5, false};
  const LightweightPeaks peaks = {{{0, 0, 1}}, {{0, 0, 1}}, {{0, 0, 1}, {0, 0, 1}}, {}};
  const std::vector<LightweightConnection> arm = {{0, 0, 1}}, ear = {{0, 0, 1}}, other = {{0, 1, 1}};
  const auto people = GroupLightweightPeaks(skeleton, peaks, std::vector{arm, ear, other});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(people[0].peaks[2], 0);
}

// Peaks everywhere, and fields that speak for every pair: `max_peaks` bounds the work.
TEST(LightweightOpenPoseDecoderTest, MeaninglessMapsEndInTime) {
  constexpr int kSide = 64;
  ModelDescription description = LightweightOpenPoseDescription(0, 1);
  std::vector<float> heat(kSide * kSide * 19), fields(kSide * kSide * 38, 0.5f);
  for (size_t cell = 0; cell < kSide * kSide; ++cell) {
    if ((cell / kSide + cell % kSide) % 2 == 0) std::fill_n(heat.begin() + static_cast<ptrdiff_t>(cell * 19), 19, 1.0f);
  }
  for (size_t i = 0; i < heat.size(); ++i) heat[i] += static_cast<float>(i % 101) * 1e-4f;
  const ConstView outputs[] = {{heat.data(), kSide, kSide, 19, 19}, {fields.data(), kSide, kSide, 38, 38}};
  DecodeOptions options;
  options.max_peaks = 50;
  const auto people =
      MakePeopleDecoder(description)->Decode(outputs, {.picture_width = 512, .picture_height = 512}, options);
  ASSERT_TRUE(people.ok()) << people.status().message();
  EXPECT_LE(people->size(), 18u * 50);
}

TEST(LightweightOpenPoseDecoderTest, IsCompatibleWithItsOriginalAlone) {
  const auto decoder = MakePeopleDecoder(LightweightOpenPoseDescription(0, 1));
  EXPECT_TRUE(decoder->Validate({}).ok());
  DecodeOptions options;
  options.compat = DecodeOptions::Compat::kOpenPose;
  EXPECT_THAT(decoder->Validate(options).message(), testing::HasSubstr("as lightweight OpenPose finds them"));
}

}  // namespace
}  // namespace sinew::pose
