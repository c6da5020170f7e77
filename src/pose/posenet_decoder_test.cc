// PoseNet's rules by answers worked out by hand; tests/golden/tfjs_people_test.cc has TensorFlow.js's own.
#include "pose/posenet_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sinew::pose {
namespace {

using ::testing::HasSubstr;

constexpr int kCells = 6, kSide = 81;  // pixels of network and picture
constexpr float kSure = 4, kNo = -20;  // logits

// Head and foot, and the limb between them; displacements are y, then x.
ModelDescription Stick() {
  ModelDescription description = PoseNetDescription();
  Skeleton& skeleton = description.skeleton;
  skeleton.keypoints.resize(2);
  skeleton.keypoints[0] = {.name = "head", .color = {}, .oks_sigma = 0.05, .mirror = -1, .coco = -1};
  skeleton.keypoints[1] = {.name = "foot", .color = {}, .oks_sigma = 0.05, .mirror = -1, .coco = -1};
  skeleton.limbs = {{.from = 0, .to = 1, .field_x = 1, .field_y = 0}};
  Heads& heads = description.heads;
  heads.heat_maps.count = heads.forward_displacements.count = heads.backward_displacements.count = 2;
  heads.offsets.count = 4;
  return description;
}

struct TestMaps {
  std::vector<float> heat = std::vector<float>(kCells * kCells * 2, kNo), forward = std::vector<float>(heat.size()),
                     backward = forward, offsets = std::vector<float>(2 * heat.size());
  static size_t At(int y, int x, int channel, int channels) {
    return static_cast<size_t>((y * kCells + x) * channels + channel);
  }
  void Set(std::vector<float>& values, int y, int x, float up_down, float left_right) {
    values[At(y, x, 0, 2)] = up_down;
    values[At(y, x, 1, 2)] = left_right;
  }
  Result<std::vector<Person>> Decode(const DecodeOptions& options) const {
    const auto view = [](const std::vector<float>& values, int channels) {
      return ConstView{values.data(), kCells, kCells, channels, static_cast<size_t>(channels)};
    };
    PoseNetDecoder decoder(Stick(), simd::PreferredTarget());
    return decoder.Decode(std::vector{view(heat, 2), view(offsets, 4), view(forward, 2), view(backward, 2)},
                          {kSide, kSide, kSide, kSide}, options);
  }
};

DecodeOptions Few() {
  DecodeOptions options;
  options.min_parts = 1;
  return options;
}

TEST(PoseNetDecoderTest, WalksFromARootToTheOtherEnd) {
  TestMaps maps;
  maps.heat[TestMaps::At(1, 2, 0, 2)] = kSure;  // the head, a little to the right of its cell
  maps.offsets[TestMaps::At(1, 2, 2, 4)] = 3;
  maps.Set(maps.forward, 1, 2, 30, 0);  // to (35, 46): nearest cell (2, 3)
  maps.heat[TestMaps::At(3, 2, 1, 2)] = -1;
  maps.offsets[TestMaps::At(3, 2, 1, 4)] = 5;
  const auto people = maps.Decode(Few());
  ASSERT_TRUE(people.ok()) << people.status().message();
  ASSERT_EQ(people->size(), 1u);
  const Person& person = (*people)[0];
  EXPECT_FLOAT_EQ(person.keypoints[0].x, 35);
  EXPECT_FLOAT_EQ(person.keypoints[0].y, 16);
  EXPECT_FLOAT_EQ(person.keypoints[1].x, 32);
  EXPECT_FLOAT_EQ(person.keypoints[1].y, 53);
  EXPECT_FLOAT_EQ(person.keypoints[1].score, 1 / (1 + std::exp(1.0f)));
  EXPECT_FLOAT_EQ(person.score, (person.keypoints[0].score + person.keypoints[1].score) / 2);
}

TEST(PoseNetDecoderTest, OnePersonIsFoundOnce) {
  TestMaps maps;
  maps.heat[TestMaps::At(1, 2, 0, 2)] = kSure;
  maps.heat[TestMaps::At(4, 2, 1, 2)] = kSure - 1;  // its foot, a root as well
  maps.Set(maps.forward, 1, 2, 48, 0);
  maps.Set(maps.backward, 4, 2, -48, 0);
  EXPECT_EQ(maps.Decode(Few())->size(), 1u);
  // Another head beside the first: of a foot that they share, only the first one's score counts.
  maps.heat[TestMaps::At(1, 5, 0, 2)] = kSure - 2;
  maps.Set(maps.forward, 1, 5, 48, -48);
  const auto people = maps.Decode(Few());
  ASSERT_EQ(people->size(), 2u);
  EXPECT_FLOAT_EQ((*people)[1].score, (*people)[1].keypoints[0].score / 2);
}

TEST(PoseNetDecoderTest, OptionsChooseAmongPeople) {
  TestMaps maps;
  maps.heat[TestMaps::At(1, 1, 0, 2)] = kSure;
  maps.heat[TestMaps::At(4, 4, 0, 2)] = kSure + 1;
  EXPECT_EQ(maps.Decode(Few())->size(), 2u);
  DecodeOptions options = Few();
  options.max_people = 1;
  EXPECT_FLOAT_EQ((*maps.Decode(options))[0].keypoints[0].x, 64);
  options.min_parts = 2;
  EXPECT_EQ(maps.Decode(options)->size(), 0u) << "feet are too unlikely";
  options.compat = DecodeOptions::Compat::kTfPose;
  EXPECT_THAT(maps.Decode(options).status().message(), HasSubstr("found as PoseNet finds them"));
}

// Wherever displacements point, the walk stays on the maps.
TEST(PoseNetDecoderTest, HugeDisplacementsEndAtTheBorder) {
  TestMaps maps;
  maps.heat[TestMaps::At(0, 0, 0, 2)] = kSure;
  maps.Set(maps.forward, 0, 0, 3e38f, -3e38f);
  maps.heat[TestMaps::At(5, 0, 1, 2)] = kSure - 1;
  const auto people = maps.Decode(Few());
  ASSERT_EQ(people->size(), 1u);
  EXPECT_FLOAT_EQ((*people)[0].keypoints[1].y, 80);
}

}  // namespace
}  // namespace sinew::pose
