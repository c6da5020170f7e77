// Records of two runs, side by side.
#include "service/compare_people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

results::Record MakeRecord(const std::string& source, float x, const std::string& error = "") {
  results::Record record;
  record.source = source;
  record.error = error;
  if (!error.empty()) return record;
  Person person;
  person.score = 1;
  for (size_t i = 0; i < 18; ++i)
    person.keypoints.push_back({x + 10 * static_cast<float>(i), 20 + 7 * static_cast<float>(i % 5), 0.9f});
  record.people = {person};
  return record;
}

TEST(ComparePeopleTest, TheSamePeopleAgree) {
  const auto comparison =
      ComparePeople({MakeRecord("a", 5), MakeRecord("b", 50)}, {MakeRecord("b", 50), MakeRecord("a", 5)}, "other", {});
  ASSERT_TRUE(comparison.ok()) << comparison.status().message();
  EXPECT_EQ(comparison->agreement.f1, 1);
  EXPECT_EQ(comparison->agreement.pictures, 2);
  EXPECT_TRUE(comparison->failed.empty());
}

TEST(ComparePeopleTest, PeopleElsewhereDoNot) {
  EXPECT_EQ(ComparePeople({MakeRecord("a", 5)}, {MakeRecord("a", 5000)}, "other", {})->agreement.f1, 0);
}

TEST(ComparePeopleTest, FramesThatFailedOnEitherSideAreNamedAndLeftOut) {
  const auto comparison =
      ComparePeople({MakeRecord("a", 5), MakeRecord("b", 5, "b: is damaged"), MakeRecord("c", 5)},
                    {MakeRecord("a", 5), MakeRecord("b", 5), MakeRecord("c", 5, "c: gone")}, "other", {});
  EXPECT_THAT(comparison->failed, ElementsAre("b: is damaged", "c: gone"));
  EXPECT_EQ(comparison->agreement.pictures, 1);
}

TEST(ComparePeopleTest, AMissingFrameIsAnError) {
  const Status status = ComparePeople({MakeRecord("a", 5)}, {MakeRecord("b", 5)}, "other.jsonl", {}).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("other.jsonl: has no record of a frame 0"));
}

}  // namespace
}  // namespace sinew::service
