// COCO's people in BODY_25's keypoints.
#include "sinew/keypoint_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sinew {
namespace {

using ::testing::HasSubstr;

// Each keypoint at a place of its own.
std::vector<Keypoint> Everything(const Skeleton& skeleton) {
  std::vector<Keypoint> keypoints;
  for (int k = 0; k < skeleton.keypoint_count(); ++k) {
    const float value = static_cast<float>(k);
    keypoints.push_back({10 + 3 * value, 100 - value, 0.5f + value / 100});
  }
  return keypoints;
}

// OpenPose's own list for its BODY_25 output, as its users' tools have it.
TEST(KeypointOrderTest, CocoBecomesBody25) {
  const Skeleton& coco = Coco18Skeleton();
  const KeypointOrder order = KeypointOrder::Create(coco, Body25Skeleton()).value();
  EXPECT_EQ(order.skeleton(), Body25Skeleton());
  const std::vector<Keypoint> from = Everything(coco), to = order.Reorder(from);
  ASSERT_EQ(to.size(), 25u);
  constexpr int kCocoIndices[25] = {0,  1,  2,  3,  4,  5,  6,  7,  -1, 8,  9,  10, 11,
                                    12, 13, 14, 15, 16, 17, -1, -1, -1, -1, -1, -1};
  for (size_t k = 0; k < 25; ++k) {
    if (k == 8) continue;
    const Keypoint expected = kCocoIndices[k] == -1 ? Keypoint() : from[static_cast<size_t>(kCocoIndices[k])];
    EXPECT_EQ(to[k], expected) << Body25Skeleton().keypoints[k].name;
  }
  EXPECT_EQ(to[8], (Keypoint{(from[8].x + from[11].x) / 2, (from[8].y + from[11].y) / 2, from[8].score}));
}

TEST(KeypointOrderTest, AMiddleNeedsBothSides) {
  const KeypointOrder order = KeypointOrder::Create(Coco18Skeleton(), Body25Skeleton()).value();
  for (const size_t hip : {8u, 11u}) {
    std::vector<Keypoint> from = Everything(Coco18Skeleton());
    from[hip] = {};
    EXPECT_EQ(order.Reorder(from)[8], Keypoint());
  }
  EXPECT_TRUE(order.Reorder({}).empty());
}

TEST(KeypointOrderTest, TheSameSkeletonStaysAsItIs) {
  const KeypointOrder order = KeypointOrder::Create(Body25Skeleton(), Body25Skeleton()).value();
  const std::vector<Keypoint> from = Everything(Body25Skeleton());
  EXPECT_EQ(order.Reorder(from), from);
}

// trt_pose has COCO's order and a neck at its end; a network of COCO's 17 keypoints has none.
TEST(KeypointOrderTest, OtherOrdersOfTheSameKeypoints) {
  Skeleton skeleton = TrtPoseDescription(0, 1).skeleton;
  std::vector<Keypoint> from = Everything(skeleton);
  const KeypointOrder trt = KeypointOrder::Create(skeleton, Body25Skeleton()).value();
  EXPECT_EQ(trt.Reorder(from)[1], from[static_cast<size_t>(skeleton.FindKeypoint("neck"))]);
  EXPECT_EQ(trt.Reorder(from)[4], from[static_cast<size_t>(skeleton.FindKeypoint("right_wrist"))]);

  skeleton.keypoints.resize(17);
  std::erase_if(skeleton.limbs, [](const Limb& limb) { return limb.from > 16 || limb.to > 16; });
  from.resize(17);
  const KeypointOrder order = KeypointOrder::Create(skeleton, Body25Skeleton()).value();
  const Keypoint left = from[static_cast<size_t>(skeleton.FindKeypoint("left_shoulder"))];
  const Keypoint right = from[static_cast<size_t>(skeleton.FindKeypoint("right_shoulder"))];
  EXPECT_EQ(order.Reorder(from)[1],
            (Keypoint{(left.x + right.x) / 2, (left.y + right.y) / 2, std::min(left.score, right.score)}));
}

TEST(KeypointOrderTest, CandidatesMoveAlong) {
  const KeypointOrder order = KeypointOrder::Create(Coco18Skeleton(), Body25Skeleton()).value();
  std::vector<std::vector<Keypoint>> peaks(18);
  peaks[8] = {{1, 2, 0.5f}, {3, 4, 0.25f}};
  const auto reordered = order.ReorderCandidates(peaks);
  ASSERT_EQ(reordered.size(), 25u);
  EXPECT_EQ(reordered[9], peaks[8]);
  EXPECT_TRUE(reordered[8].empty());
}

TEST(KeypointOrderTest, SkeletonsThatDoNotFitAreRefused) {
  Skeleton fish;
  fish.name = "fish";
  fish.keypoints = {{"mouth", {}, 0.05}, {"tail", {}, 0.05}};
  fish.limbs = {{0, 1, 0, 1}};
  EXPECT_THAT(KeypointOrder::Create(fish, Body25Skeleton()).status().message(),
              HasSubstr("skeleton fish has no left_shoulder: the neck of body25 would be half way from"));
  EXPECT_THAT(KeypointOrder::Create(Coco18Skeleton(), fish).status().message(), HasSubstr("no keypoint in common"));
  EXPECT_FALSE(KeypointOrder::Create(Skeleton(), fish).ok());
}

}  // namespace
}  // namespace sinew
