// Sums, and where values fall.
#include "serving/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::serving {
namespace {

using ::testing::ElementsAre;

TEST(StatisticsTest, ABoundBelongsToTheValuesBelowIt) {
  Histogram histogram({1, 2});
  for (const double value : {0.5, 1.0, 1.5, 2.0, 3.0}) histogram.Add(value);
  EXPECT_THAT(histogram.counts, ElementsAre(2, 2, 1));
  EXPECT_EQ(histogram.count, 5u);
  EXPECT_DOUBLE_EQ(histogram.sum, 8);
}

TEST(StatisticsTest, RequestsAreCountedByModelAndOutcome) {
  Statistics statistics;
  statistics.AddSuccess("a", {.queue = 1, .read = 2, .network = 3}, 2, 5);
  statistics.AddSuccess("a", {.network = 4}, 1, 0);
  statistics.AddFailure("a", ErrorKind::kLate, 0.5);
  statistics.AddFailure("b", ErrorKind::kOverloaded, 0);
  const auto figures = statistics.Figures();
  const ModelFigures& a = figures.at("a");
  EXPECT_EQ(a.succeeded, 2u);
  EXPECT_EQ(a.failed, 1u);
  EXPECT_EQ(a.pictures, 3u);
  EXPECT_DOUBLE_EQ(a.succeeded_seconds, 10);
  EXPECT_DOUBLE_EQ(a.stages.network, 7);
  EXPECT_EQ(a.failures.at("late"), 1u);
  EXPECT_EQ(a.people.sum, 5);
  EXPECT_EQ(a.seconds[0].count, 2u);
  EXPECT_GT(a.last_milliseconds, 0);
  EXPECT_EQ(figures.at("b").failures.at("overloaded"), 1u);
}

}  // namespace
}  // namespace sinew::serving
