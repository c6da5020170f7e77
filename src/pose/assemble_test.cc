// Connections become people: the default rules and each of tf-pose-estimation's.
#include "pose/assemble.h"

#include <gtest/gtest.h>

#include <array>

namespace sinew::pose {
namespace {

constexpr int kKeypointCount = 18;
// Limbs by their place in the skeleton.
constexpr int kNeckShoulder = 0, kShoulderElbow = 2, kElbowWrist = 3, kNeckNose = 12, kNoseEye = 13, kEyeEar = 14,
              kShoulderEar = 17;

// `counts[k]` peaks of each keypoint, all of score 0.5.
PeakList MakePeaks(std::array<int, kKeypointCount> counts) {
  PeakList list;
  for (int k = 0; k < kKeypointCount; ++k) {
    list.offsets.push_back(static_cast<int>(list.peaks.size()));
    for (int i = 0; i < counts[k]; ++i) list.peaks.push_back({i, k, 0.5f, 0.5f});
  }
  list.offsets.push_back(static_cast<int>(list.peaks.size()));
  return list;
}

std::array<int, kKeypointCount> Each(int count) {
  std::array<int, kKeypointCount> counts;
  counts.fill(count);
  return counts;
}

// Peak `index` of a keypoint when each has two.
int Peak2(int keypoint, int index) { return 2 * keypoint + index; }

TEST(Assemble, BothAgreeOnSeparatePeople) {
  const PeakList peaks = MakePeaks(Each(2));
  Connections connections(19);
  for (int i : {0, 1}) {
    connections[kNeckShoulder].push_back({Peak2(1, i), Peak2(2, i), 0.9f});
    connections[kShoulderElbow].push_back({Peak2(2, i), Peak2(3, i), 0.8f});
    connections[kElbowWrist].push_back({Peak2(3, i), Peak2(4, i), 0.7f});
  }
  for (const auto& people : {AssemblePeople(Coco18Skeleton(), peaks, connections),
                             AssembleLikeTfPose(Coco18Skeleton(), peaks, connections)}) {
    ASSERT_EQ(people.size(), 2u);
    for (int i : {0, 1}) {
      EXPECT_EQ(people[i].parts, 4);
      EXPECT_NEAR(people[i].sum, 4 * 0.5 + 0.9 + 0.8 + 0.7, 1e-6);
      for (int k : {1, 2, 3, 4}) EXPECT_EQ(people[i].peaks[k], Peak2(k, i));
      EXPECT_EQ(people[i].peaks[0], kMissing);
    }
  }
}

TEST(Assemble, BothJoinDisjointHalves) {
  const PeakList peaks = MakePeaks(Each(2));
  Connections connections(19);
  connections[kNeckShoulder] = {{Peak2(1, 1), Peak2(2, 1), 0.9f}};
  connections[kElbowWrist] = {{Peak2(3, 1), Peak2(4, 1), 0.7f}};
  connections[kNoseEye] = {{Peak2(0, 1), Peak2(14, 1), 0.6f}};
  connections[kEyeEar] = {{Peak2(14, 1), Peak2(16, 1), 0.4f}};
  connections[kShoulderEar] = {{Peak2(2, 1), Peak2(16, 1), 0.3f}};
  for (const auto& people : {AssemblePeople(Coco18Skeleton(), peaks, connections),
                             AssembleLikeTfPose(Coco18Skeleton(), peaks, connections)}) {
    ASSERT_EQ(people.size(), 2u);
    EXPECT_EQ(people[0].parts, 5);
    EXPECT_EQ(people[0].peaks[16], Peak2(16, 1));
    EXPECT_NEAR(people[0].sum, 5 * 0.5 + 0.9 + 0.6 + 0.4 + 0.3, 1e-6);
    EXPECT_EQ(people[1].peaks[4], Peak2(4, 1));
  }
}

TEST(Assemble, TheLastTwoLimbsStartNobody) {
  const PeakList peaks = MakePeaks(Each(2));
  Connections connections(19);
  connections[kShoulderEar] = {{Peak2(2, 1), Peak2(16, 1), 0.3f}};
  EXPECT_TRUE(AssemblePeople(Coco18Skeleton(), peaks, connections).empty());
  EXPECT_TRUE(AssembleLikeTfPose(Coco18Skeleton(), peaks, connections).empty());
}

// Two people have a nose each and a limb between the shoulder of one and the ear of the other.
TEST(Assemble, AContradictionIsLeftOutOrSharesAPeak) {
  const PeakList peaks = MakePeaks(Each(2));
  Connections connections(19);
  connections[kNeckShoulder] = {{Peak2(1, 1), Peak2(2, 1), 0.9f}};
  connections[kNeckNose] = {{Peak2(1, 1), Peak2(0, 1), 0.9f}};
  connections[kNoseEye] = {{Peak2(0, 1), Peak2(14, 1), 0.6f}, {Peak2(0, 0), Peak2(14, 0), 0.6f}};
  connections[kEyeEar] = {{Peak2(14, 0), Peak2(16, 0), 0.4f}};
  connections[kShoulderEar] = {{Peak2(2, 1), Peak2(16, 0), 0.3f}};
  const auto people = AssemblePeople(Coco18Skeleton(), peaks, connections);
  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0].peaks[16], kMissing);
  EXPECT_EQ(people[0].parts, 4);
  const auto like_tf_pose = AssembleLikeTfPose(Coco18Skeleton(), peaks, connections);
  ASSERT_EQ(like_tf_pose.size(), 2u);
  EXPECT_EQ(like_tf_pose[0].peaks[16], Peak2(16, 0));  // in two people now
  EXPECT_EQ(like_tf_pose[1].peaks[16], Peak2(16, 0));
  EXPECT_EQ(like_tf_pose[0].parts, 5);
}

// A second ear for a person who has one.
TEST(Assemble, AReplacedKeypointCountsTwiceInTfPoseOnly) {
  const PeakList peaks = MakePeaks(Each(2));
  Connections connections(19);
  connections[kNeckShoulder] = {{Peak2(1, 1), Peak2(2, 1), 0.9f}};
  connections[kNeckNose] = {{Peak2(1, 1), Peak2(0, 1), 0.9f}};
  connections[kNoseEye] = {{Peak2(0, 1), Peak2(14, 1), 0.6f}};
  connections[kEyeEar] = {{Peak2(14, 1), Peak2(16, 1), 0.4f}};
  connections[kShoulderEar] = {{Peak2(2, 1), Peak2(16, 0), 0.3f}};
  const auto people = AssemblePeople(Coco18Skeleton(), peaks, connections);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(people[0].peaks[16], Peak2(16, 1));
  EXPECT_EQ(people[0].parts, 5);
  const auto like_tf_pose = AssembleLikeTfPose(Coco18Skeleton(), peaks, connections);
  ASSERT_EQ(like_tf_pose.size(), 1u);
  EXPECT_EQ(like_tf_pose[0].peaks[16], Peak2(16, 0));
  EXPECT_EQ(like_tf_pose[0].parts, 6);
}

// Both halves have a nose, and one of the noses is peak 0: tf-pose-estimation joins them and makes up peak 0 + 1 + 1.
TEST(Assemble, PeakZeroIsAKeypointOnlyByDefault) {
  std::array<int, kKeypointCount> counts = Each(1);
  counts[0] = 3;
  const PeakList peaks = MakePeaks(counts);  // noses 0, 1, 2; then 3 is the neck, 4 the shoulder, ...
  const auto only = [](int keypoint) { return keypoint + 2; };
  Connections connections(19);
  connections[kNeckShoulder] = {{only(1), only(2), 0.9f}};
  connections[kNeckNose] = {{only(1), 0, 0.9f}};
  connections[kNoseEye] = {{1, only(14), 0.6f}};
  connections[kEyeEar] = {{only(14), only(16), 0.4f}};
  connections[kShoulderEar] = {{only(2), only(16), 0.3f}};
  EXPECT_EQ(AssemblePeople(Coco18Skeleton(), peaks, connections).size(), 2u);
  const auto like_tf_pose = AssembleLikeTfPose(Coco18Skeleton(), peaks, connections);
  ASSERT_EQ(like_tf_pose.size(), 1u);
  EXPECT_EQ(like_tf_pose[0].peaks[0], 2);
  EXPECT_EQ(like_tf_pose[0].parts, 6);
}

TEST(Assemble, SelectsByPartsScoreAndNumber) {
  const auto person = [](int parts, float sum) {
    Assembly assembly;
    assembly.peaks.assign(kKeypointCount, kMissing);
    assembly.parts = parts, assembly.sum = sum;
    return assembly;
  };
  const std::vector<Assembly> all = {person(4, 2), person(3, 9), person(10, 2.9f), person(5, 5), person(18, 36)};
  std::vector<Assembly> people = all;
  SelectPeople(4, 0.3f, 0, &people);
  ASSERT_EQ(people.size(), 3u);
  EXPECT_EQ(people[1].parts, 5);
  people = all;
  SelectPeople(4, 0.3f, 2, &people);
  ASSERT_EQ(people.size(), 2u);  // the best two in the order that they had
  EXPECT_EQ(people[0].parts, 5);
  EXPECT_EQ(people[1].parts, 18);
}

}  // namespace
}  // namespace sinew::pose
