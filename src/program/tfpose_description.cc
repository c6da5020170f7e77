// The built-in description: tf-pose-estimation's networks and their skeleton.
#include <array>

#include "program/no_keypoint.h"
#include "sinew/model_description.h"

namespace sinew {
namespace {

// OpenPose's colours of the COCO skeleton, around the rainbow; sigmas are COCO's (cocodataset.org/#keypoints-eval), who
// has no neck.
Skeleton MakeCoco18() {
  Skeleton skeleton;
  skeleton.name = "coco18";
  skeleton.keypoints = {
      {"nose", {255, 0, 85}, 0.026, kNone, 0},       {"neck", {255, 0, 0}, 0, kNone, kNone},
      {"right_shoulder", {255, 85, 0}, 0.079, 5, 6}, {"right_elbow", {255, 170, 0}, 0.072, 6, 8},
      {"right_wrist", {255, 255, 0}, 0.062, 7, 10},  {"left_shoulder", {170, 255, 0}, 0.079, 2, 5},
      {"left_elbow", {85, 255, 0}, 0.072, 3, 7},     {"left_wrist", {0, 255, 0}, 0.062, 4, 9},
      {"right_hip", {0, 255, 85}, 0.107, 11, 12},    {"right_knee", {0, 255, 170}, 0.087, 12, 14},
      {"right_ankle", {0, 255, 255}, 0.089, 13, 16}, {"left_hip", {0, 170, 255}, 0.107, 8, 11},
      {"left_knee", {0, 85, 255}, 0.087, 9, 13},     {"left_ankle", {0, 0, 255}, 0.089, 10, 15},
      {"right_eye", {255, 0, 170}, 0.025, 15, 2},    {"left_eye", {170, 0, 255}, 0.025, 14, 1},
      {"right_ear", {255, 0, 255}, 0.035, 17, 4},    {"left_ear", {85, 0, 255}, 0.035, 16, 3},
  };
  // Each adds a keypoint to the tree, but the last two.
  skeleton.limbs = {
      {1, 2, 12, 13},  {1, 5, 20, 21},   {2, 3, 14, 15},         {3, 4, 16, 17},         {5, 6, 22, 23},
      {6, 7, 24, 25},  {1, 8, 0, 1},     {8, 9, 2, 3},           {9, 10, 4, 5},          {1, 11, 6, 7},
      {11, 12, 8, 9},  {12, 13, 10, 11}, {1, 0, 28, 29},         {0, 14, 30, 31},        {14, 16, 34, 35},
      {0, 15, 32, 33}, {15, 17, 36, 37}, {2, 16, 18, 19, false}, {5, 17, 26, 27, false},
  };
  return skeleton;
}

}  // namespace

const Skeleton& Coco18Skeleton() {
  static const Skeleton skeleton = MakeCoco18();
  return skeleton;
}

ModelDescription TfPoseDescription(Downsampling downsampling) {
  ModelDescription description;
  description.skeleton = Coco18Skeleton();
  description.heads.heat_maps = {.output = 0, .first = 0, .count = 18};
  description.heads.background = 18;
  description.heads.fields = {.output = 0, .first = 19, .count = 38};
  description.heads.stride = 8;
  description.heads.downsampling = downsampling;
  return description;
}

}  // namespace sinew
