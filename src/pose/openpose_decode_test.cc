// OpenPose's rules: peaks and connections worked out by hand, whole decodes against another program
// (tests/golden/openpose_expected.py).
#include "pose/openpose_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pose/people_decoder.h"
#include "pose/synthetic_maps_test_util.h"

namespace sinew::pose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A plane of zeros with some values.
struct Plane {
  int width, height;
  std::vector<float> values = std::vector<float>(static_cast<size_t>(width * height));
  float& at(int x, int y) { return values[static_cast<size_t>(y * width + x)]; }
  std::vector<RefinedPeak> Find(int most = 100) const {
    return FindRefinedPeaks(values, width, 0.05f, most, 0.25f, 0.5f);
  }
};

TEST(FindRefinedPeaksTest, APeakIsTheMeanOfWhatIsAround) {
  Plane plane{12, 11};
  plane.at(5, 4) = 1;
  plane.at(6, 4) = 0.5f;
  plane.at(5, 7) = 0.25f;    // the last row that counts
  plane.at(5, 0) = -9;       // what is negative does not
  plane.at(9, 4) = 0.0625f;  // beyond the seven columns around it; a peak of its own that counts (6, 4) in
  const auto peaks = plane.Find();
  ASSERT_EQ(peaks.size(), 3u);
  EXPECT_FLOAT_EQ(peaks[0].x, (5 * 1 + 6 * 0.5f + 5 * 0.25f) / 1.75f + 0.25f);
  EXPECT_FLOAT_EQ(peaks[0].y, (4 * 1 + 4 * 0.5f + 7 * 0.25f) / 1.75f + 0.5f);
  EXPECT_EQ(peaks[0].score, 1);
  EXPECT_FLOAT_EQ(peaks[1].x, (9 * 0.0625f + 6 * 0.5f) / 0.5625f + 0.25f);
  EXPECT_EQ(peaks[2].score, 0.25f);
  EXPECT_EQ(plane.Find(1).size(), 1u);
}

TEST(FindRefinedPeaksTest, EqualNeighboursArePeaksBesideTheBorderAlone) {
  Plane inside{9, 9}, beside{9, 9}, border{9, 9};
  inside.at(4, 4) = inside.at(5, 4) = 1;
  EXPECT_TRUE(inside.Find().empty());
  beside.at(1, 4) = beside.at(1, 5) = 1;
  EXPECT_EQ(beside.Find().size(), 2u);
  border.at(0, 4) = border.at(8, 4) = border.at(4, 8) = 1;
  EXPECT_TRUE(border.Find().empty());
  Plane low{9, 9};
  low.at(4, 4) = 0.05f;
  EXPECT_TRUE(low.Find().empty()) << "the threshold must be exceeded";
}

Skeleton Chain() {
  Skeleton chain;
  chain.keypoints.resize(4);
  chain.limbs = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
  return chain;
}

// A connection as the decoder makes it of a score and the two ends' confidence.
ScoredLimb Scored(const Skeleton& skeleton, const RefinedPeaks& peaks, int limb, int from, int to, float score) {
  const Limb& ends = skeleton.limbs[static_cast<size_t>(limb)];
  const float a = peaks[static_cast<size_t>(ends.from)][static_cast<size_t>(from)].score,
              b = peaks[static_cast<size_t>(ends.to)][static_cast<size_t>(to)].score;
  return {score + 0.1f * a + 0.1f * b, score, limb, from, to};
}

TEST(ConnectPeopleTest, HalvesOfAPersonAreJoined) {
  const Skeleton skeleton = Chain();
  const RefinedPeaks peaks = {{{0, 0, 0.5f}}, {{0, 0, 0.6f}}, {{0, 0, 0.7f}}, {{0, 0, 0.8f}}};
  const auto scored = [&](int limb, float score) { return Scored(skeleton, peaks, limb, 0, 0, score); };
  const auto people =
      ConnectPeople(skeleton, peaks, {scored(1, 0.3f), scored(0, 0.9f), scored(3, 0.2f), scored(2, 0.8f)});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_THAT(people[0].peaks, ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(people[0].parts, 4);
  // Four keypoints, three connections, and the one that closes the circle.
  EXPECT_FLOAT_EQ(people[0].sum, 2.6f + 0.9f + 0.8f + 0.3f + 0.2f);
}

TEST(ConnectPeopleTest, WhatWouldGiveAKeypointTwiceIsLeftOut) {
  const Skeleton skeleton = Chain();
  const RefinedPeaks peaks = {{{0, 0, 0.5f}, {0, 0, 0.5f}}, {{0, 0, 0.6f}, {0, 0, 0.6f}}, {{0, 0, 0.7f}}, {}};
  const std::vector<ScoredLimb> limbs = {
      Scored(skeleton, peaks, 0, 0, 0, 0.9f),   // somebody
      Scored(skeleton, peaks, 0, 1, 0, 0.85f),  // who has a keypoint 0 already: left out, that one stays free
      Scored(skeleton, peaks, 0, 1, 1, 0.5f),   // somebody else
      Scored(skeleton, peaks, 1, 1, 0, 0.4f),   // who gets keypoint 2
      Scored(skeleton, peaks, 1, 0, 0, 0.3f),   // the two have keypoints in common: not joined
  };
  const auto people = ConnectPeople(skeleton, peaks, limbs);
  ASSERT_EQ(people.size(), 2u);
  EXPECT_THAT(people[0].peaks, ElementsAre(0, 0, kMissing, kMissing));
  EXPECT_FLOAT_EQ(people[0].sum, 0.5f + 0.6f + 0.9f);
  EXPECT_THAT(people[1].peaks, ElementsAre(1, 1, 0, kMissing));
  EXPECT_FLOAT_EQ(people[1].sum, 0.5f + 0.6f + 0.5f + 0.7f + 0.4f);
}

TEST(ConnectPeopleTest, ConfidenceOfKeypointsDecidesBetweenFields) {
  const Skeleton skeleton = Chain();
  const RefinedPeaks peaks = {{{0, 0, 0.1f}, {0, 0, 0.9f}}, {{0, 0, 0.5f}}, {}, {}};
  const auto people =
      ConnectPeople(skeleton, peaks, {Scored(skeleton, peaks, 0, 0, 0, 0.55f), Scored(skeleton, peaks, 0, 1, 0, 0.5f)});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(people[0].peaks[0], 1) << "0.5 + 0.09 is more than 0.55 + 0.01";
}

// The same made-up joints and maps as in openpose_expected.py.
constexpr int kColumns = 48, kRows = 40;

SyntheticPerson::Joint MadeUpJoint(int person, int k) {
  const double angle = 0.9 * k + 0.3 * person, radius = 30 + 3.0 * ((7 * k) % 11);
  return {static_cast<float>(110 + 160 * person + radius * std::cos(angle)),
          static_cast<float>(150 + 12 * person + 1.4 * radius * std::sin(angle)), true};
}

std::vector<float> MadeUpMaps(const ModelDescription& description) {
  const int keypoints = description.skeleton.keypoint_count(), channels = description.map_channels();
  std::vector<float> maps(static_cast<size_t>(kColumns * kRows * channels));
  for (int y = 0; y < kRows; ++y) {
    for (int x = 0; x < kColumns; ++x) {
      float* const cell = maps.data() + static_cast<ptrdiff_t>((y * kColumns + x) * channels);
      const double px = 8 * x + 3.5, py = 8 * y + 3.5;
      for (int person = 0; person < 2; ++person) {
        for (int k = 0; k < keypoints; ++k) {
          const auto [jx, jy, visible] = MadeUpJoint(person, k);
          const double distance = std::hypot(px - static_cast<double>(jx), py - static_cast<double>(jy));
          const double heat = (0.9 - 0.1 * person) * std::exp(-distance * distance / (2 * 81));
          cell[k] = std::max(cell[k], static_cast<float>(heat));
        }
        for (const Limb& limb : description.skeleton.limbs) {
          const auto from = MadeUpJoint(person, limb.from), to = MadeUpJoint(person, limb.to);
          const double dx = static_cast<double>(to.x - from.x), dy = static_cast<double>(to.y - from.y);
          const double length = std::hypot(dx, dy), ux = dx / length, uy = dy / length;
          const double ox = px - static_cast<double>(from.x), oy = py - static_cast<double>(from.y);
          const double along = ox * ux + oy * uy, across = ox * uy - oy * ux;
          if (along < -12 || along > length + 12 || std::fabs(across) > 14) continue;
          cell[keypoints + 1 + limb.field_x] = static_cast<float>(0.8 * ux);
          cell[keypoints + 1 + limb.field_y] = static_cast<float>(0.8 * uy);
        }
      }
    }
  }
  return maps;
}

struct ExpectedPerson {
  float score;
  int parts;
  Keypoint keypoints[4];  // 0, 4, 9 and the last
};

struct Golden {
  const char* name;
  ModelDescription description;
  std::vector<ExpectedPerson> people;
};

std::vector<Golden> Goldens() {
  return {
      {"BODY_25",
       OpenPoseBody25Description(),
       {{0.84924f,
         25,
         {{280.500f, 300.501f, 0.89945f},
          {134.496f, 240.525f, 0.89865f},
          {194.485f, 446.531f, 0.89757f},
          {148.494f, 342.483f, 0.89973f}}},
        {0.79940f,
         25,
         {{598.468f, 348.540f, 0.79799f},
          {470.514f, 232.480f, 0.79972f},
          {484.495f, 454.464f, 0.79917f},
          {462.516f, 334.497f, 0.79796f}}}}},
      {"COCO",
       OpenPoseCocoDescription(),
       {{0.84968f,
         18,
         {{280.500f, 300.501f, 0.89945f},
          {134.496f, 240.525f, 0.89865f},
          {194.485f, 446.531f, 0.89757f},
          {116.469f, 364.469f, 0.89820f}}},
        {0.79978f,
         18,
         {{598.468f, 348.540f, 0.79799f},
          {470.514f, 232.480f, 0.79972f},
          {484.495f, 454.464f, 0.79917f},
          {426.532f, 342.463f, 0.79854f}}}}},
      {"MPI",
       OpenPoseMpiDescription(),
       {{0.85277f,
         15,
         {{280.500f, 300.501f, 0.89945f},
          {134.496f, 240.525f, 0.89865f},
          {194.485f, 446.531f, 0.89757f},
          {340.496f, 306.482f, 0.89908f}}},
        {0.79971f,
         15,
         {{598.468f, 348.540f, 0.79799f},
          {470.514f, 232.480f, 0.79972f},
          {484.495f, 454.464f, 0.79917f},
          {654.471f, 378.548f, 0.79723f}}}}},
  };
}

constexpr MapGeometry kTwice{.picture_width = 2 * 8 * kColumns, .picture_height = 2 * 8 * kRows};

Result<std::vector<Person>> DecodeMaps(const ModelDescription& description, std::vector<float>& maps,
                                       const DecodeOptions& options) {
  const int channels = description.map_channels();
  const ConstView view = {maps.data(), kRows, kColumns, channels, static_cast<size_t>(channels)};
  return MakePeopleDecoder(description)->Decode(std::span(&view, 1), kTwice, options);
}

TEST(OpenPoseDecodeTest, AsAnotherProgramDoesIt) {
  for (const Golden& golden : Goldens()) {
    std::vector<float> maps = MadeUpMaps(golden.description);
    const auto people = DecodeMaps(golden.description, maps, OpenPoseDecodeOptions());
    ASSERT_TRUE(people.ok()) << people.status().message();
    ASSERT_EQ(people->size(), golden.people.size()) << golden.name;
    for (size_t i = 0; i < people->size(); ++i) {
      const Person& person = (*people)[i];
      const ExpectedPerson& expected = golden.people[i];
      EXPECT_NEAR(person.score, expected.score, 2e-5) << golden.name;
      EXPECT_EQ(std::ranges::count_if(person.keypoints, [](const Keypoint& k) { return k.score > 0; }), expected.parts);
      const size_t picked[] = {0, 4, 9, person.keypoints.size() - 1};
      for (size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(person.keypoints[picked[k]].x, expected.keypoints[k].x, 2e-3) << golden.name << picked[k];
        EXPECT_NEAR(person.keypoints[picked[k]].y, expected.keypoints[k].y, 2e-3) << golden.name << picked[k];
        EXPECT_NEAR(person.keypoints[picked[k]].score, expected.keypoints[k].score, 2e-5) << golden.name << picked[k];
      }
    }
  }
}

// By our own rules the same people are found, where they are: half of an upsampled pixel is 2 pixels of the picture.
TEST(OpenPoseDecodeTest, OwnRulesFindTheSamePeople) {
  for (const Golden& golden : Goldens()) {
    std::vector<float> maps = MadeUpMaps(golden.description);
    const auto people = DecodeMaps(golden.description, maps, {});
    ASSERT_TRUE(people.ok()) << people.status().message();
    ASSERT_EQ(people->size(), 2u) << golden.name;
    for (int person = 0; person < 2; ++person) {
      const bool first_is_left = (*people)[0].keypoints[0].x < (*people)[1].keypoints[0].x;
      const Person& found = (*people)[static_cast<size_t>(first_is_left ? person : 1 - person)];
      for (int k = 0; k < golden.description.skeleton.keypoint_count(); ++k) {
        const auto joint = MadeUpJoint(person, k);
        EXPECT_NEAR(found.keypoints[static_cast<size_t>(k)].x, 2 * joint.x + 0.5f, 9) << golden.name << k;
        EXPECT_NEAR(found.keypoints[static_cast<size_t>(k)].y, 2 * joint.y + 0.5f, 9) << golden.name << k;
      }
    }
  }
}

// Feet alone are nobody, and neither are two keypoints.
TEST(OpenPoseDecodeTest, FeetDoNotMakeAPerson) {
  const ModelDescription description = OpenPoseBody25Description();
  std::vector<float> maps = MadeUpMaps(description);
  const size_t channels = static_cast<size_t>(description.map_channels());
  const auto keep = [&](std::initializer_list<size_t> kept) {
    std::vector<float> some = maps;
    for (size_t i = 0; i < some.size(); ++i) {
      if (i % channels < 25 && std::ranges::find(kept, i % channels) == kept.end()) some[i] = 0;
    }
    return DecodeMaps(description, some, OpenPoseDecodeOptions())->size();
  };
  EXPECT_EQ(keep({13, 14, 19, 20, 21}), 0u) << "a knee, an ankle and a foot";
  EXPECT_EQ(keep({12, 13, 14}), 2u) << "a leg";
  EXPECT_EQ(keep({13, 14}), 0u);
}

TEST(OpenPoseDecodeTest, LimitsAndErrors) {
  const ModelDescription description = OpenPoseCocoDescription();
  std::vector<float> maps = MadeUpMaps(description);
  DecodeOptions options = OpenPoseDecodeOptions();
  options.max_people = 1;
  const auto best = DecodeMaps(description, maps, options);
  ASSERT_EQ(best->size(), 1u);
  EXPECT_NEAR((*best)[0].score, 0.84968, 1e-4);
  options.min_paf_ratio = 1.5f;
  EXPECT_THAT(DecodeMaps(description, maps, options).status().message(), HasSubstr("min_paf_ratio is 1.5"));
  maps[5] = NAN;
  EXPECT_THAT(DecodeMaps(description, maps, OpenPoseDecodeOptions()).status().message(),
              HasSubstr("output 0: channel 5 is not finite (nan) at row 0, column 0"));
}

}  // namespace
}  // namespace sinew::pose
