// The built-in descriptions of OpenPose's own networks.
#include "program/no_keypoint.h"
#include "sinew/model_description.h"

namespace sinew {
namespace {

// Sigmas are COCO's, of feet those of COCO-WholeBody (Jin et al., "Whole-Body Human Pose Estimation in the Wild", ECCV
// 2020). Neck and middle of the hips are between keypoints that were annotated, and not compared themselves.
Skeleton MakeBody25() {
  Skeleton skeleton;
  skeleton.name = "body25";
  skeleton.keypoints = {
      {"nose", {255, 0, 85}, 0.026, kNone, 0},
      {"neck", {255, 0, 0}, 0, kNone, kNone},
      {"right_shoulder", {255, 85, 0}, 0.079, 5, 6},
      {"right_elbow", {255, 170, 0}, 0.072, 6, 8},
      {"right_wrist", {255, 255, 0}, 0.062, 7, 10},
      {"left_shoulder", {170, 255, 0}, 0.079, 2, 5},
      {"left_elbow", {85, 255, 0}, 0.072, 3, 7},
      {"left_wrist", {0, 255, 0}, 0.062, 4, 9},
      {"mid_hip", {255, 0, 0}, 0, kNone, kNone},
      {"right_hip", {0, 255, 85}, 0.107, 12, 12},
      {"right_knee", {0, 255, 170}, 0.087, 13, 14},
      {"right_ankle", {0, 255, 255}, 0.089, 14, 16},
      {"left_hip", {0, 170, 255}, 0.107, 9, 11},
      {"left_knee", {0, 85, 255}, 0.087, 10, 13},
      {"left_ankle", {0, 0, 255}, 0.089, 11, 15},
      {"right_eye", {255, 0, 170}, 0.025, 16, 2},
      {"left_eye", {170, 0, 255}, 0.025, 15, 1},
      {"right_ear", {255, 0, 255}, 0.035, 18, 4},
      {"left_ear", {85, 0, 255}, 0.035, 17, 3},
      {"left_big_toe", {0, 0, 255}, 0.068, 22, kNone},
      {"left_small_toe", {0, 0, 255}, 0.066, 23, kNone},
      {"left_heel", {0, 0, 255}, 0.066, 24, kNone},
      {"right_big_toe", {0, 255, 255}, 0.092, 19, kNone},
      {"right_small_toe", {0, 255, 255}, 0.094, 20, kNone},
      {"right_heel", {0, 255, 255}, 0.094, 21, kNone},
  };
  // From shoulder to ear: for people seen from behind, whose nose and eyes are hidden.
  skeleton.limbs = {
      {1, 8, 0, 1},     {1, 2, 14, 15},   {1, 5, 22, 23},   {2, 3, 16, 17},         {3, 4, 18, 19},
      {5, 6, 24, 25},   {6, 7, 26, 27},   {8, 9, 6, 7},     {9, 10, 2, 3},          {10, 11, 4, 5},
      {8, 12, 8, 9},    {12, 13, 10, 11}, {13, 14, 12, 13}, {1, 0, 30, 31},         {0, 15, 32, 33},
      {15, 17, 36, 37}, {0, 16, 34, 35},  {16, 18, 38, 39}, {2, 17, 20, 21, false}, {5, 18, 28, 29, false},
      {14, 19, 40, 41}, {19, 20, 42, 43}, {14, 21, 44, 45}, {11, 22, 46, 47},       {22, 23, 48, 49},
      {11, 24, 50, 51},
  };
  return skeleton;
}

// MPII's keypoints. Head (its top) and chest are none of COCO's, whose annotators know neither.
Skeleton MakeMpi15() {
  Skeleton skeleton;
  skeleton.name = "mpi15";
  skeleton.keypoints = {
      {"head", {255, 0, 85}, 0, kNone, kNone},       {"neck", {255, 0, 0}, 0, kNone, kNone},
      {"right_shoulder", {255, 85, 0}, 0.079, 5, 6}, {"right_elbow", {255, 170, 0}, 0.072, 6, 8},
      {"right_wrist", {255, 255, 0}, 0.062, 7, 10},  {"left_shoulder", {170, 255, 0}, 0.079, 2, 5},
      {"left_elbow", {85, 255, 0}, 0.072, 3, 7},     {"left_wrist", {43, 255, 0}, 0.062, 4, 9},
      {"right_hip", {0, 255, 0}, 0.107, 11, 12},     {"right_knee", {0, 255, 85}, 0.087, 12, 14},
      {"right_ankle", {0, 255, 170}, 0.089, 13, 16}, {"left_hip", {0, 255, 255}, 0.107, 8, 11},
      {"left_knee", {0, 170, 255}, 0.087, 9, 13},    {"left_ankle", {0, 85, 255}, 0.089, 10, 15},
      {"chest", {0, 0, 255}, 0, kNone, kNone},
  };
  skeleton.limbs = {
      {0, 1, 0, 1},    {1, 2, 2, 3},     {2, 3, 4, 5},     {3, 4, 6, 7},     {1, 5, 8, 9},
      {5, 6, 10, 11},  {6, 7, 12, 13},   {1, 14, 14, 15},  {14, 8, 16, 17},  {8, 9, 18, 19},
      {9, 10, 20, 21}, {14, 11, 22, 23}, {11, 12, 24, 25}, {12, 13, 26, 27},
  };
  return skeleton;
}

// Heat maps, the background, fields, in one output of pooled cells; input x / 256 - 0.5, black beside the picture.
ModelDescription Describe(const Skeleton& skeleton, int field_channels) {
  constexpr float kMean = 128, kScale = 1.0f / 256;
  const int keypoints = skeleton.keypoint_count();
  ModelDescription description;
  description.skeleton = skeleton;
  description.input.mean = {kMean, kMean, kMean};
  description.input.scale = {kScale, kScale, kScale};
  description.heads.heat_maps = {.output = 0, .first = 0, .count = keypoints};
  description.heads.background = keypoints;
  description.heads.fields = {.output = 0, .first = keypoints + 1, .count = field_channels};
  return description;
}

}  // namespace

const Skeleton& Body25Skeleton() {
  static const Skeleton skeleton = MakeBody25();
  return skeleton;
}

const Skeleton& Mpi15Skeleton() {
  static const Skeleton skeleton = MakeMpi15();
  return skeleton;
}

ModelDescription OpenPoseBody25Description() { return Describe(Body25Skeleton(), 52); }
ModelDescription OpenPoseCocoDescription() { return Describe(Coco18Skeleton(), 38); }
ModelDescription OpenPoseMpiDescription() { return Describe(Mpi15Skeleton(), 28); }

}  // namespace sinew
