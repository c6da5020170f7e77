// The built-in descriptions of TensorFlow.js's own networks: PoseNet and MoveNet MultiPose.
#include "program/no_keypoint.h"
#include "sinew/model_description.h"

namespace sinew {
namespace {

// COCO's keypoints in its order, with OpenPose's colours.
std::vector<SkeletonKeypoint> MakeCoco17() {
  return {
      {"nose", {255, 0, 85}, 0.026, kNone, 0},       {"left_eye", {170, 0, 255}, 0.025, 2, 1},
      {"right_eye", {255, 0, 170}, 0.025, 1, 2},     {"left_ear", {85, 0, 255}, 0.035, 4, 3},
      {"right_ear", {255, 0, 255}, 0.035, 3, 4},     {"left_shoulder", {170, 255, 0}, 0.079, 6, 5},
      {"right_shoulder", {255, 85, 0}, 0.079, 5, 6}, {"left_elbow", {85, 255, 0}, 0.072, 8, 7},
      {"right_elbow", {255, 170, 0}, 0.072, 7, 8},   {"left_wrist", {0, 255, 0}, 0.062, 10, 9},
      {"right_wrist", {255, 255, 0}, 0.062, 9, 10},  {"left_hip", {0, 170, 255}, 0.107, 12, 11},
      {"right_hip", {0, 255, 85}, 0.107, 11, 12},    {"left_knee", {0, 85, 255}, 0.087, 14, 13},
      {"right_knee", {0, 255, 170}, 0.087, 13, 14},  {"left_ankle", {0, 0, 255}, 0.089, 16, 15},
      {"right_ankle", {0, 255, 255}, 0.089, 15, 16},
  };
}

struct Ends {
  int from, to;
};

// COCO's own limbs: they are drawn, and find nobody.
Skeleton MakeCoco17Skeleton() {
  Skeleton skeleton;
  skeleton.name = "coco17";
  skeleton.keypoints = MakeCoco17();
  for (const auto& [from, to] : {Ends{15, 13},
                                 {13, 11},
                                 {16, 14},
                                 {14, 12},
                                 {11, 12},
                                 {5, 11},
                                 {6, 12},
                                 {5, 6},
                                 {5, 7},
                                 {6, 8},
                                 {7, 9},
                                 {8, 10},
                                 {1, 2},
                                 {0, 1},
                                 {0, 2},
                                 {1, 3},
                                 {2, 4},
                                 {3, 5},
                                 {4, 6}}) {
    skeleton.limbs.push_back({from, to});
  }
  return skeleton;
}

// The tree that PoseNet's displacements follow, from the nose on.
Skeleton MakePoseNetSkeleton() {
  Skeleton skeleton;
  skeleton.name = "coco17_tree";
  skeleton.keypoints = MakeCoco17();
  constexpr Ends kLimbs[] = {{0, 1},   {1, 3},   {0, 2}, {2, 4}, {0, 5},  {5, 7},  {7, 9},   {5, 11},
                             {11, 13}, {13, 15}, {0, 6}, {6, 8}, {8, 10}, {6, 12}, {12, 14}, {14, 16}};
  constexpr int kCount = std::size(kLimbs);
  for (int i = 0; i < kCount; ++i) skeleton.limbs.push_back({kLimbs[i].from, kLimbs[i].to, i + kCount, i});
  return skeleton;
}

}  // namespace

const Skeleton& Coco17Skeleton() {
  static const Skeleton skeleton = MakeCoco17Skeleton();
  return skeleton;
}

ModelDescription PoseNetDescription() {
  ModelDescription description;
  description.skeleton = MakePoseNetSkeleton();
  const int keypoints = description.skeleton.keypoint_count();
  const int limbs = static_cast<int>(description.skeleton.limbs.size());
  description.input.channel_order = ChannelOrder::kRgb;
  description.input.mean = {127.5f, 127.5f, 127.5f};
  description.input.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
  description.input.side_multiple = 16;
  description.input.side_offset = 1;
  Heads& heads = description.heads;
  heads.heat_maps = {.output = 0, .first = 0, .count = keypoints};
  heads.offsets = {.output = 1, .first = 0, .count = 2 * keypoints};
  heads.forward_displacements = {.output = 2, .first = 0, .count = 2 * limbs};
  heads.backward_displacements = {.output = 3, .first = 0, .count = 2 * limbs};
  heads.stride = 16;
  // A cell looks at the pixel that its convolutions are centred on: on sides of k * 16 + 1 at 16, 32, and so on, from
  // the first pixel on, whose centre is half a pixel in.
  heads.downsampling = Downsampling::kSameConvolution;
  heads.first_cell = 7.5f;
  description.decoder = DecoderKind::kPoseNet;
  return description;
}

ModelDescription MoveNetMultiPoseDescription() {
  ModelDescription description;
  description.skeleton = Coco17Skeleton();
  const int keypoints = description.skeleton.keypoint_count();
  description.input.channel_order = ChannelOrder::kRgb;
  description.input.side_multiple = 32;
  Heads& heads = description.heads;
  heads.heat_maps = {.output = 0, .first = 0, .count = keypoints};
  heads.centers = {.output = 1, .first = 0, .count = 1};
  heads.regression = {.output = 2, .first = 0, .count = 2 * keypoints};
  heads.offsets = {.output = 3, .first = 0, .count = 2 * keypoints};
  heads.box_sizes = {.output = 4, .first = 0, .count = 2};
  heads.box_offsets = {.output = 5, .first = 0, .count = 2};
  heads.stride = 4;
  description.decoder = DecoderKind::kMoveNet;
  return description;
}

}  // namespace sinew
