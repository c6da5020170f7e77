// Descriptions survive the way through JSON, and mistakes in one are named.
#include "service/description_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sinew::service {
namespace {

using testing::HasSubstr;

constexpr const char* kFish = R"({
  "sinew_description": 1,
  "skeleton": {
    "name": "fish",
    "keypoints": [{"name": "nose", "color": "#ff8000", "coco": "nose"}, {"name": "back"},
                  {"name": "left_fin", "mirror": "right_fin"}, {"name": "right_fin", "mirror": "left_fin"}],
    "limbs": [{"from": "nose", "to": "back"}, {"from": "back", "to": "left_fin", "field": [4, 5]},
              {"from": "back", "to": "right_fin", "field": [2, 3], "finds_people": true}]
  },
  "input": {"channels": "rgb", "mean": 127.5, "scale": [0.1, 0.2, 0.3]},
  "outputs": {"stride": 4}
})";

TEST(DescriptionJsonTest, WhatIsLeftOutHasItsDefault) {
  const auto fish = ParseModelDescription(kFish);
  ASSERT_TRUE(fish.ok()) << fish.status().message();
  const Skeleton& skeleton = fish->skeleton;
  EXPECT_EQ(skeleton.keypoints[0].color, (Rgb{255, 128, 0}));
  EXPECT_EQ(skeleton.keypoints[0].coco, 0);
  EXPECT_EQ(skeleton.keypoints[1].oks_sigma, SkeletonKeypoint().oks_sigma);
  EXPECT_EQ(skeleton.keypoints[2].mirror, 3);
  EXPECT_EQ(skeleton.limbs[0], (Limb{0, 1, 0, 1}));
  EXPECT_EQ(skeleton.limbs[1], (Limb{1, 2, 4, 5}));
  EXPECT_EQ(fish->input.channel_order, ChannelOrder::kRgb);
  EXPECT_EQ(fish->input.mean, (std::array<float, 3>{127.5f, 127.5f, 127.5f}));
  EXPECT_EQ(fish->input.scale, (std::array<float, 3>{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(fish->heads.heat_maps, (ChannelRange{0, 0, 4}));
  EXPECT_EQ(fish->heads.background, -1);
  EXPECT_EQ(fish->heads.fields, (ChannelRange{0, 4, 6}));
  EXPECT_EQ(fish->heads.stride, 4);
}

TEST(DescriptionJsonTest, ThereAndBack) {
  ModelDescription odd = ParseModelDescription(kFish).value();
  odd.skeleton.limbs[2].in_tree = true;
  odd.heads.first_cell = -3.5f;
  odd.heads.heat_maps.output = 1;
  for (const ModelDescription& description :
       {TfPoseDescription(), OpenPoseBody25Description(), OpenPoseCocoDescription(), OpenPoseMpiDescription(),
        LightweightOpenPoseDescription(0, 1), TrtPoseDescription(1, 0), PoseNetDescription(),
        MoveNetMultiPoseDescription(), odd}) {
    const auto again = ParseModelDescription(ToJson(description));
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(*again, description);
  }
}

TEST(DescriptionJsonTest, SaysWhatIsWrong) {
  const auto error = [](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json json = nlohmann::json::parse(kFish);
    if (value.is_discarded()) {
      json.erase(pointer.substr(1));
    } else {
      json[nlohmann::json::json_pointer(pointer)] = value;
    }
    const auto description = ParseModelDescription(json.dump());
    EXPECT_FALSE(description.ok()) << pointer;
    return description.status().message();
  };
  const nlohmann::json absent(nlohmann::json::value_t::discarded);
  EXPECT_THAT(error("/sinew_description", absent), HasSubstr("sinew_description: is missing"));
  EXPECT_THAT(error("/sinew_description", 2), HasSubstr("sinew_description: must be 1"));
  EXPECT_THAT(error("/skeleton", absent), HasSubstr("skeleton: is missing"));
  EXPECT_THAT(error("/skeleton", 5), HasSubstr("skeleton: must be an object"));
  EXPECT_THAT(error("/skelton", 5), HasSubstr("skelton: is unknown; there are sinew_description, skeleton, input"));
  EXPECT_THAT(error("/skeleton/keypoints/1/colour", "red"), HasSubstr("skeleton.keypoints[1].colour: is unknown"));
  EXPECT_THAT(error("/skeleton/keypoints/0/color", "red"), HasSubstr("keypoints[0].color: must be of the form"));
  EXPECT_THAT(error("/skeleton/keypoints/0/coco", "snout"), HasSubstr("keypoints[0].coco: COCO has no such keypoint"));
  EXPECT_THAT(error("/skeleton/keypoints/2/mirror", "fin"), HasSubstr("keypoints[2].mirror: no keypoint is called"));
  EXPECT_THAT(error("/skeleton/limbs/1/to", "tial"), HasSubstr("skeleton.limbs[1].to: no keypoint is called \"tial\""));
  EXPECT_THAT(error("/skeleton/limbs/1/field", {1}), HasSubstr("limbs[1].field: must be two channels"));
  EXPECT_THAT(error("/input/mean", {1, 2}), HasSubstr("input.mean: must be a number, or three of them"));
  EXPECT_THAT(error("/input/channels", "grey"), HasSubstr("input.channels: must be one of bgr, rgb"));
  EXPECT_THAT(error("/outputs/stride", 4.5), HasSubstr("outputs.stride: must be a whole number"));
  EXPECT_THAT(error("/outputs/stride", 65), HasSubstr("stride is 65, must be 1 to 64"));
  EXPECT_THAT(error("/outputs/heat_maps", {{"count", 3}}), HasSubstr("heat maps have 3 channels"));
  EXPECT_THAT(error("/decoder", "magic"), HasSubstr("decoder: must be one of part_affinity_fields"));
  EXPECT_THAT(error("/skeleton/name", "\x1b[2J"), HasSubstr("a name may have lower-case letters"));
  for (const char* text : {"", "{", "[]", "null", "\"x\"", "{}"})
    EXPECT_FALSE(ParseModelDescription(text).ok()) << text;
  EXPECT_FALSE(ParseModelDescription(std::string(100000, '[')).ok());
}

}  // namespace
}  // namespace sinew::service
