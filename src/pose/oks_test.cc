// COCO's keypoints of a person, and OKS by hand.
#include "pose/oks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sinew::pose {
namespace {

constexpr int kKeypointCount = 18;

double Oks(const Person& a, const Person& b) { return pose::Oks(a, b, Coco18Skeleton()); }
Status CheckPeople(std::span<const Person> people) { return pose::CheckPeople(people, Coco18Skeleton()); }

// Found everywhere on a line down, 10 pixels apart.
Person Line() {
  Person person;
  for (int k = 0; k < kKeypointCount; ++k) person.keypoints.push_back({50, 10.0f * k, 0.9f});
  return person;
}

TEST(Coco, KeypointsComeInItsOrder) {
  const Person person = Line();
  const auto coco = ToCocoKeypoints(person, Coco18Skeleton());
  constexpr size_t kOrder[] = {0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10};
  for (size_t c = 0; c < coco.size(); ++c) EXPECT_EQ(coco[c], person.keypoints[kOrder[c]]);
}

TEST(Coco, WhatTheSkeletonHasNotIsMissing) {
  Skeleton skeleton;
  skeleton.name = "face";
  skeleton.keypoints = {{.name = "chin"}, {.name = "left_eye", .coco = 1}, {.name = "nose", .coco = 0}};
  const auto coco = ToCocoKeypoints({{{1, 2, 0.3f}, {4, 5, 0.6f}, {7, 8, 0.9f}}, 1}, skeleton);
  EXPECT_EQ(coco[0], (Keypoint{7, 8, 0.9f}));
  EXPECT_EQ(coco[1], (Keypoint{4, 5, 0.6f}));
  for (size_t c = 2; c < coco.size(); ++c) EXPECT_EQ(coco[c], Keypoint());
}

TEST(PoseAreaTest, BoxOfTheFoundKeypoints) {
  Person person;
  person.keypoints.resize(kKeypointCount);
  EXPECT_EQ(PoseArea(person), 1);  // nobody
  person.keypoints[1] = {-10, 20, 1};
  EXPECT_EQ(PoseArea(person), 1);  // a point
  person.keypoints[2] = {50, 60, 1};
  EXPECT_EQ(PoseArea(person), 60 * 40);
  person.keypoints[3] = {20, 230, 1};
  EXPECT_EQ(PoseArea(person), 210 * 70);  // 60 wide, which is less than a third
}

TEST(CheckPeopleTest, NamesThePerson) {
  std::vector<Person> people = {Line(), Line()};
  EXPECT_TRUE(CheckPeople(people).ok());
  people[1].keypoints[4].y = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(CheckPeople(people).message(), ::testing::HasSubstr("person 1 has a value that is not finite"));
  people[1].keypoints.resize(17);
  EXPECT_THAT(CheckPeople(people).message(), ::testing::HasSubstr("person 1 has 17 keypoints"));
  EXPECT_THAT(CheckPeople(std::vector<Person>(kMaxPeople + 1, Line())).message(), ::testing::HasSubstr("1001 people"));
}

TEST(OksTest, OneForTheSame) { EXPECT_EQ(Oks(Line(), Line()), 1); }

TEST(OksTest, ByHand) {
  // Both boxes are 170 high and 0 wide, so the area is 170 * 170 / 3.
  const Person a = Line();
  Person b = Line();
  b.keypoints[0].x += 3, b.keypoints[0].y += 4;  // the nose, sigma 0.026
  b.keypoints[8].x += 12;                        // the right hip, sigma 0.107
  b.keypoints[1].x += 1000;                      // the neck does not count, but widens the box of b
  const double area = (170 * 170 / 3.0 + 1000 * (1000 / 3.0)) / 2;
  const double nose = std::exp(-25 / (2 * area * 0.052 * 0.052)), hip = std::exp(-144 / (2 * area * 0.214 * 0.214));
  EXPECT_NEAR(Oks(a, b), (nose + hip + 15) / 17, 1e-12);
  EXPECT_EQ(Oks(a, b), Oks(b, a));
}

TEST(OksTest, OnlyWhatBothHave) {
  Person a = Line(), b = Line();
  for (int k = 0; k < kKeypointCount; ++k) (k % 3 == 0 ? a : b).keypoints[k] = {};
  EXPECT_EQ(Oks(a, b), 0);
  a.keypoints[3] = b.keypoints[3] = {1, 1, 0.5f};
  EXPECT_EQ(Oks(a, b), 1);
}

TEST(OksTest, FallsWithDistanceAndRisesWithSize) {
  double last = 1;
  for (float shift = 2; shift < 60; shift += 2) {
    Person moved = Line();
    for (Keypoint& keypoint : moved.keypoints) keypoint.x += shift;
    const double oks = Oks(Line(), moved);
    EXPECT_LT(oks, last);
    last = oks;

    Person large = Line(), large_moved = moved;
    for (Person* person : {&large, &large_moved}) {
      for (Keypoint& keypoint : person->keypoints) keypoint.y *= 2;
    }
    EXPECT_GT(Oks(large, large_moved), oks);
  }
  EXPECT_LT(last, 0.1);
}

}  // namespace
}  // namespace sinew::pose
