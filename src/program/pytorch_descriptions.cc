// The built-in descriptions of networks that come from PyTorch: lightweight OpenPose and trt_pose.
#include "program/no_keypoint.h"
#include "sinew/model_description.h"

namespace sinew {
namespace {

// COCO's keypoints in its order, with OpenPose's colours, and the neck. Fields have y before x.
Skeleton MakeCoco17WithNeck() {
  Skeleton skeleton;
  skeleton.name = "coco17_neck";
  skeleton.keypoints = {
      {"nose", {255, 0, 85}, 0.026, kNone, 0},       {"left_eye", {170, 0, 255}, 0.025, 2, 1},
      {"right_eye", {255, 0, 170}, 0.025, 1, 2},     {"left_ear", {85, 0, 255}, 0.035, 4, 3},
      {"right_ear", {255, 0, 255}, 0.035, 3, 4},     {"left_shoulder", {170, 255, 0}, 0.079, 6, 5},
      {"right_shoulder", {255, 85, 0}, 0.079, 5, 6}, {"left_elbow", {85, 255, 0}, 0.072, 8, 7},
      {"right_elbow", {255, 170, 0}, 0.072, 7, 8},   {"left_wrist", {0, 255, 0}, 0.062, 10, 9},
      {"right_wrist", {255, 255, 0}, 0.062, 9, 10},  {"left_hip", {0, 170, 255}, 0.107, 12, 11},
      {"right_hip", {0, 255, 85}, 0.107, 11, 12},    {"left_knee", {0, 85, 255}, 0.087, 14, 13},
      {"right_knee", {0, 255, 170}, 0.087, 13, 14},  {"left_ankle", {0, 0, 255}, 0.089, 16, 15},
      {"right_ankle", {0, 255, 255}, 0.089, 15, 16}, {"neck", {255, 0, 0}, 0, kNone, kNone},
  };
  constexpr struct {
    int from, to;
  } kLimbs[] = {{15, 13}, {13, 11}, {16, 14}, {14, 12}, {11, 12}, {5, 7},  {6, 8},  {7, 9},  {8, 10},  {1, 2},  {0, 1},
                {0, 2},   {1, 3},   {2, 4},   {3, 5},   {4, 6},   {17, 0}, {17, 5}, {17, 6}, {17, 11}, {17, 12}};
  for (const auto& [from, to] : kLimbs) {
    const int channel = 2 * static_cast<int>(skeleton.limbs.size());
    skeleton.limbs.push_back({from, to, channel + 1, channel});
  }
  return skeleton;
}

}  // namespace

ModelDescription LightweightOpenPoseDescription(int heat_output, int field_output) {
  ModelDescription description;
  description.skeleton = Coco18Skeleton();
  description.input.mean = {128, 128, 128};
  description.input.scale = {1.0f / 256, 1.0f / 256, 1.0f / 256};
  description.input.padding = {128, 128, 128};
  description.input.side_multiple = 8;
  description.heads.heat_maps = {.output = heat_output, .first = 0, .count = 18};
  description.heads.background = 18;
  description.heads.fields = {.output = field_output, .first = 0, .count = 38};
  description.heads.stride = 8;
  description.decoder = DecoderKind::kLightweightOpenPose;
  return description;
}

ModelDescription TrtPoseDescription(int heat_output, int field_output) {
  ModelDescription description;
  description.skeleton = MakeCoco17WithNeck();
  description.input.channel_order = ChannelOrder::kRgb;
  // torchvision's mean and standard deviation of ImageNet, for bytes.
  description.input.mean = {0.485f * 255, 0.456f * 255, 0.406f * 255};
  description.input.scale = {1 / (0.229f * 255), 1 / (0.224f * 255), 1 / (0.225f * 255)};
  description.input.padding = description.input.mean;
  description.input.side_multiple = 32;
  description.heads.heat_maps = {.output = heat_output, .first = 0, .count = 18};
  description.heads.fields = {.output = field_output, .first = 0, .count = 42};
  description.heads.stride = 4;
  description.decoder = DecoderKind::kTrtPose;
  return description;
}

}  // namespace sinew
