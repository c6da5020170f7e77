// Agreement of sets of people whose figures follow from how they were made.
#include "evaluate/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pose/oks.h"
#include "sinew/model_description.h"

namespace sinew::evaluate {
namespace {

using ::testing::HasSubstr;

// All keypoints within 90 x 170 pixels.
Person PersonAt(float x, float y) {
  Person person{.keypoints = {}, .score = 1};
  for (int k = 0; k < static_cast<int>(Coco18Skeleton().keypoints.size()); ++k) {
    person.keypoints.push_back({x + 10.0f * static_cast<float>(k % 10), y + 10.0f * static_cast<float>(k), 0.5f});
  }
  return person;
}

Person Moved(Person person, float dx) {
  for (Keypoint& keypoint : person.keypoints) keypoint.x += dx;
  return person;
}

Agreement Of(const std::vector<Person>& expected, const std::vector<Person>& found, AgreementOptions options = {}) {
  AgreementCounter counter = AgreementCounter::Create(options).value();
  EXPECT_TRUE(counter.Add(expected, found).ok());
  return counter.Summary();
}

TEST(AgreementTest, TheSamePeopleInAnyOrder) {
  const std::vector<Person> people = {PersonAt(0, 0), PersonAt(300, 0), PersonAt(600, 50)};
  const Agreement agreement = Of(people, {people[2], people[0], people[1]});
  EXPECT_EQ(agreement.matched, 3);
  EXPECT_EQ(agreement.precision, 1);
  EXPECT_EQ(agreement.recall, 1);
  EXPECT_EQ(agreement.mean_oks, 1);
  EXPECT_EQ(agreement.common_keypoints, 54);
  EXPECT_EQ(agreement.pixels.most, 0);
}

TEST(AgreementTest, MissingAndSurplusPeople) {
  const Agreement agreement = Of({PersonAt(0, 0), PersonAt(300, 0), PersonAt(600, 0), PersonAt(900, 0)},
                                 {PersonAt(0, 0), PersonAt(300, 0), PersonAt(0, 900)});
  EXPECT_EQ(agreement.matched, 2);
  EXPECT_NEAR(agreement.precision, 2 / 3.0, 1e-12);
  EXPECT_NEAR(agreement.recall, 0.5, 1e-12);
}

TEST(AgreementTest, NobodyAgreesWithNobody) {
  EXPECT_EQ(Of({}, {}).precision, 1);
  EXPECT_EQ(Of({}, {}).recall, 1);
  EXPECT_EQ(Of({}, {PersonAt(0, 0)}).precision, 0);
  EXPECT_EQ(Of({PersonAt(0, 0)}, {}).recall, 0);
}

TEST(AgreementTest, DistancesInPixelsAndInSizes) {
  // Keypoint k of one person is off by k pixels, so that the distances are 0, 1, ... 17.
  const Person expected = PersonAt(100, 100);
  Person found = expected;
  for (size_t k = 0; k < found.keypoints.size(); ++k) found.keypoints[k].x += static_cast<float>(k);
  const Agreement agreement = Of({expected}, {found}, {.min_oks = 0.1});
  ASSERT_EQ(agreement.matched, 1);
  EXPECT_NEAR(agreement.mean_oks, pose::Oks(expected, found, Coco18Skeleton()), 1e-12);
  EXPECT_EQ(agreement.pixels.p50, 8);   // the 9th of 18
  EXPECT_EQ(agreement.pixels.p90, 16);  // the 17th
  EXPECT_EQ(agreement.pixels.p95, 17);  // the 18th
  EXPECT_EQ(agreement.pixels.most, 17);
  EXPECT_NEAR(agreement.relative.p50, 8 / std::sqrt(90.0 * 170.0), 1e-6);
}

TEST(AgreementTest, KeypointsOfOneSideOnly) {
  const Person expected = PersonAt(0, 0);
  Person found = expected;
  for (int k : {3, 4, 9}) found.keypoints[k] = {};
  EXPECT_EQ(Of({expected}, {found}).missing_keypoints, 3);
  EXPECT_EQ(Of({expected}, {found}).surplus_keypoints, 0);
  EXPECT_EQ(Of({found}, {expected}).surplus_keypoints, 3);
  EXPECT_EQ(Of({found}, {expected}).common_keypoints, 15);
}

TEST(AgreementTest, TheThresholdSeparates) {
  const Person person = PersonAt(0, 0), moved = Moved(person, 12);
  const double oks = pose::Oks(person, moved, Coco18Skeleton());
  EXPECT_EQ(Of({person}, {moved}, {.min_oks = oks - 1e-6}).matched, 1);
  EXPECT_EQ(Of({person}, {moved}, {.min_oks = oks + 1e-6}).matched, 0);
}

TEST(AgreementTest, MatchesForTheBestSum) {
  // The second found person fits both expected ones, the first only the first of them, less well.
  const std::vector<Person> expected = {PersonAt(0, 0), PersonAt(16, 0)};
  const std::vector<Person> found = {Moved(PersonAt(0, 0), -9), PersonAt(6, 0)};
  ASSERT_GT(pose::Oks(expected[0], found[1], Coco18Skeleton()), pose::Oks(expected[0], found[0], Coco18Skeleton()));
  EXPECT_EQ(Of(expected, found, {.min_oks = 0.3}).matched, 2);
}

TEST(AgreementTest, PicturesAddUp) {
  AgreementCounter counter = AgreementCounter::Create().value();
  ASSERT_TRUE(counter.Add(std::vector<Person>{PersonAt(0, 0)}, {}).ok());
  ASSERT_TRUE(counter.Add(std::vector<Person>{PersonAt(0, 0)}, std::vector<Person>{PersonAt(0, 0)}).ok());
  EXPECT_EQ(counter.Summary().pictures, 2);
  EXPECT_EQ(counter.Summary().expected, 2);
  EXPECT_EQ(counter.Summary().recall, 0.5);
}

TEST(AgreementTest, RefusesWhatItCannotCompare) {
  EXPECT_THAT(AgreementCounter::Create({.min_oks = 0}).status().message(), HasSubstr("min_oks is 0"));
  EXPECT_THAT(AgreementCounter::Create({.min_oks = NAN}).status().message(), HasSubstr("min_oks is nan"));
  AgreementCounter counter = AgreementCounter::Create().value();
  const std::vector<Person> good = {PersonAt(0, 0)};
  std::vector<Person> bad = good;
  bad[0].keypoints.resize(25);
  EXPECT_THAT(counter.Add(good, bad).message(), HasSubstr("people found: person 0 has 25 keypoints"));
  EXPECT_THAT(counter.Add(bad, good).message(), HasSubstr("expected people: person 0 has 25 keypoints"));
  EXPECT_EQ(counter.Summary().pictures, 0);
}

}  // namespace
}  // namespace sinew::evaluate
