// What descriptions are refused, with which words, and that the built-in one is right.
#include "sinew/model_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace sinew {
namespace {

using testing::HasSubstr;

// A fish: nose and tail on a spine of two limbs, and a fin.
ModelDescription Fish() {
  ModelDescription fish;
  fish.skeleton.name = "fish";
  fish.skeleton.keypoints = {{.name = "nose"}, {.name = "back"}, {.name = "tail"}, {.name = "fin"}};
  fish.skeleton.limbs = {{0, 1, 0, 1}, {1, 2, 2, 3}, {1, 3, 4, 5}};
  fish.heads.heat_maps = {.output = 0, .first = 0, .count = 4};
  fish.heads.fields = {.output = 1, .first = 0, .count = 6};
  fish.heads.stride = 4;
  return fish;
}

TEST(ModelDescriptionTest, AcceptsTheBuiltInAndOtherSkeletons) {
  EXPECT_EQ(TfPoseDescription().Validate().message(), "");
  EXPECT_EQ(TfPoseDescription(Downsampling::kFixed).Validate().message(), "");
  EXPECT_EQ(Fish().Validate().message(), "");
}

TEST(ModelDescriptionTest, SaysWhatIsWrong) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr float kNanFloat = std::numeric_limits<float>::quiet_NaN();
  struct Case {
    std::function<void(ModelDescription&)> spoil;
    const char* message;
  };
  const Case cases[] = {
      {[](auto& d) { d.skeleton.name = "a\x1b[2J"; }, "skeleton \"a?[2J\": a name may have lower-case letters"},
      {[](auto& d) { d.skeleton.name = ""; }, "skeleton \"\": has no name"},
      {[](auto& d) { d.skeleton.keypoints.clear(); }, "a skeleton of 0 keypoints, must be 1 to 256"},
      {[](auto& d) { d.skeleton.keypoints.resize(257); }, "a skeleton of 257 keypoints"},
      {[](auto& d) { d.skeleton.limbs.resize(1025); }, "1025 limbs, must be at most 1024"},
      {[](auto& d) { d.skeleton.keypoints[3].name = "tail fin"; }, "keypoint 3 \"tail fin\": a name may have"},
      {[](auto& d) { d.skeleton.keypoints[3].name = std::string(65, 'a'); }, "a name has at most 64 letters"},
      {[](auto& d) { d.skeleton.keypoints[3].name = "nose"; }, "keypoint 3 \"nose\": another one has this name"},
      {[](auto& d) { d.skeleton.keypoints[1].oks_sigma = kNan; }, "keypoint 1 \"back\": oks_sigma is nan"},
      {[](auto& d) { d.skeleton.keypoints[1].oks_sigma = -1; }, "oks_sigma is -1, must be 0 to 1"},
      {[](auto& d) {
         for (SkeletonKeypoint& keypoint : d.skeleton.keypoints) keypoint.oks_sigma = 0;
       },
       "no keypoint has an oks_sigma above 0"},
      {[](auto& d) { d.skeleton.keypoints[1].mirror = 4; }, "its mirror is 4, must be another of the 4 keypoints"},
      {[](auto& d) { d.skeleton.keypoints[1].mirror = 1; }, "its mirror is 1, must be another"},
      {[](auto& d) { d.skeleton.keypoints[1].mirror = 2; },
       "its mirror is keypoint 2 \"tail\", whose own mirror is -1"},
      {[](auto& d) { d.skeleton.keypoints[1].coco = 17; }, "coco is 17, must be 0 to 16, or -1"},
      {[](auto& d) { d.skeleton.keypoints[0].coco = d.skeleton.keypoints[2].coco = 5; },
       "keypoint 2 \"tail\": another one is COCO's keypoint 5"},
      {[](auto& d) { d.skeleton.limbs[2].to = 4; }, "limb 2: it joins keypoint 4, must be 0 to 3"},
      {[](auto& d) { d.skeleton.limbs[2].from = -1; }, "limb 2: it joins keypoint -1"},
      {[](auto& d) { d.skeleton.limbs[2].to = 1; }, "limb 2: it joins keypoint 1 to itself"},
      {[](auto& d) {
         d.skeleton.limbs[2] = {1, 0, 4, 5};
       },
       "limb 2: another one joins keypoints 1 and 0"},
      {[](auto& d) { d.skeleton.limbs[2].field_y = 4; }, "limb 2: x and y of its field lie in the same channel 4"},
      {[](auto& d) { d.skeleton.limbs[2].field_x = -1; }, "limb 2: its field lies in channels -1 and 5"},
      {[](auto& d) { d.skeleton.limbs[2].field_y = 6; }, "limb 2: its field lies in channel 6, the fields have 6"},
      {[](auto& d) { d.skeleton.limbs[2].in_tree = false; }, "keypoint 3 \"fin\" is in no limb"},
      {[](auto& d) { d.input.channel_order = static_cast<ChannelOrder>(7); }, "the order of channels 7 is not known"},
      {[](auto& d) { d.input.mean[1] = kNanFloat; }, "input: a mean is not finite"},
      {[](auto& d) { d.input.scale[1] = 0; }, "input: a scale is 0, must not be 0"},
      {[](auto& d) { d.input.padding[2] = 256; }, "input: a padding is 256, must be 0 to 255"},
      {[](auto& d) { d.input.side_multiple = 0; }, "input: side_multiple is 0, must be 1 to 256"},
      {[](auto& d) { d.input.side_offset = 16; }, "input: side_offset is 16, must be 0 to 15"},
      {[](auto& d) { d.heads.heat_maps.output = 16; }, "heat_maps: output 16, must be 0 to 15"},
      {[](auto& d) { d.heads.fields.first = -1; }, "fields: 6 channels from -1 on"},
      {[](auto& d) { d.heads.heat_maps.count = 5; }, "heat maps have 5 channels, the skeleton has 4 keypoints"},
      {[](auto& d) { d.heads.fields.output = 0; }, "heat_maps and fields share channels of output 0"},
      {[](auto& d) { d.heads.background = 3; }, "background: channel 3 is one of the heat_maps"},
      {[](auto& d) { d.heads.background = -2; }, "background: channel -2"},
      {[](auto& d) { d.heads.stride = 0; }, "stride is 0, must be 1 to 64"},
      {[](auto& d) { d.heads.first_cell = kNanFloat; }, "first_cell is nan"},
      {[](auto& d) { d.heads.downsampling = static_cast<Downsampling>(9); }, "downsampling 9 is not known"},
      {[](auto& d) { d.heads.stride = 6, d.heads.downsampling = Downsampling::kSameConvolution; },
       "stride is 6: convolutions of stride 2 make a power of two"},
      {[](auto& d) { d.decoder = static_cast<DecoderKind>(9); }, "decoder 9 is not known"},
      {[](auto& d) {
         d.heads.centers = {2, 0, 1};
       },
       "centers: 1 channels, part affinity fields needs 0"},
      {[](auto& d) { d.decoder = DecoderKind::kPoseNet; }, "fields: 6 channels, PoseNet needs 0"},
      {[](auto& d) { d = MoveNetMultiPoseDescription(), d.heads.regression.count = 17; },
       "regression: 17 channels, MoveNet needs 34"},
      {[](auto& d) { d = PoseNetDescription(), d.skeleton.limbs[3].field_x = 32; },
       "limb 3: its field lies in channel 32, the displacements have 32"},
  };
  for (const Case& c : cases) {
    ModelDescription description = Fish();
    c.spoil(description);
    const Status status = description.Validate();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << c.message;
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
}

TEST(ModelDescriptionTest, Coco18IsSymmetricAndKnowsCocosNames) {
  const Skeleton& skeleton = Coco18Skeleton();
  ASSERT_EQ(skeleton.keypoint_count(), 18);
  ASSERT_EQ(skeleton.limbs.size(), 19u);
  constexpr const char* kCocoNames[] = {"nose",          "left_eye",       "right_eye",  "left_ear",    "right_ear",
                                        "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
                                        "right_wrist",   "left_hip",       "right_hip",  "left_knee",   "right_knee",
                                        "left_ankle",    "right_ankle"};
  for (int c = 0; c < kCocoKeypointCount; ++c) {
    EXPECT_EQ(skeleton.FindCoco(c), skeleton.FindKeypoint(kCocoNames[c])) << kCocoNames[c];
  }
  EXPECT_EQ(skeleton.FindCoco(17), -1);
  EXPECT_EQ(skeleton.FindKeypoint("tail"), -1);
  for (const SkeletonKeypoint& keypoint : skeleton.keypoints) {
    const bool is_left = keypoint.name.starts_with("left_"), is_right = keypoint.name.starts_with("right_");
    ASSERT_EQ(keypoint.mirror != -1, is_left || is_right) << keypoint.name;
    if (!is_left) continue;
    const SkeletonKeypoint& mirror = skeleton.keypoints[static_cast<size_t>(keypoint.mirror)];
    EXPECT_EQ("left_" + mirror.name.substr(6), keypoint.name);
    EXPECT_EQ(mirror.oks_sigma, keypoint.oks_sigma);
  }
}

// A 3x3 convolution of stride 2 pads an odd side before its first pixel too: one pixel of what it sees.
TEST(ModelDescriptionTest, FirstCellFollowsTheSide) {
  const Heads shifted = TfPoseDescription(Downsampling::kSameConvolution).heads;
  EXPECT_EQ(shifted.FirstCell(368), 0);
  EXPECT_EQ(shifted.FirstCell(367), -1);  // 367, then 184 and 92
  EXPECT_EQ(shifted.FirstCell(366), -2);  // 366, 183, 92
  EXPECT_EQ(shifted.FirstCell(361), -7);  // 361, 181, 91
  Heads fixed = TfPoseDescription(Downsampling::kFixed).heads;
  fixed.first_cell = 0.5f;
  EXPECT_EQ(fixed.FirstCell(361), 0.5f);
}

}  // namespace
}  // namespace sinew
