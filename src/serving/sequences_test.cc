// Ids within a sequence, and the bounds on sequences.
#include "serving/sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::serving {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Person PersonAt(float x) {
  Person person;
  person.score = 1;
  for (size_t i = 0; i < 18; ++i)
    person.keypoints.push_back({x + 10 * static_cast<float>(i % 4), 20 + 30 * static_cast<float>(i), 0.9f});
  return person;
}

TEST(SequencesTest, PeopleKeepTheirIdsWhateverTheirOrder) {
  Sequences sequences({});
  const Clock::time_point start = Clock::now();
  const std::vector<Person> first = {PersonAt(50), PersonAt(900)}, second = {PersonAt(905), PersonAt(55)};
  EXPECT_THAT(*sequences.Follow("m", {"a", true, false}, start, first, Coco18Skeleton()), ElementsAre(0, 1));
  EXPECT_THAT(*sequences.Follow("m", {"a", false, false}, start + milliseconds(40), second, Coco18Skeleton()),
              ElementsAre(1, 0));
  EXPECT_THAT(*sequences.Follow("m", {"b", true, true}, start + milliseconds(50), second, Coco18Skeleton()),
              ElementsAre(0, 1))
      << "another sequence";
  EXPECT_EQ(sequences.count(), 1u) << "b has ended";
}

TEST(SequencesTest, MisuseIsNamed) {
  Sequences sequences({.max_sequences = 1, .idle_seconds = 10});
  const Clock::time_point now = Clock::now();
  const std::vector<Person> people = {PersonAt(50)};
  const auto follow = [&](const SequenceStep& step, Clock::time_point when) {
    return sequences.Follow("m", step, when, people, Coco18Skeleton()).status();
  };
  EXPECT_THAT(follow({"a", false, false}, now).message(), HasSubstr("\"a\" is not known"));
  EXPECT_TRUE(follow({"a", true, false}, now).ok());
  EXPECT_THAT(follow({"a", false, false}, now - milliseconds(5)).message(), HasSubstr("one after the other"));
  EXPECT_EQ(follow({"b", true, false}, now).code(), StatusCode::kUnavailable);
  EXPECT_TRUE(follow({"b", true, false}, now + std::chrono::seconds(20)).ok()) << "a was idle for too long";
  EXPECT_FALSE(follow({std::string(300, 'x'), true, false}, now).ok());
}

}  // namespace
}  // namespace sinew::serving
