// Statistics against values computed by hand.
#include "measure/statistics.h"

#include <gtest/gtest.h>

namespace sinew::measure {
namespace {

TEST(Statistics, OneSample) {
  const Summary s = Summarise({7});
  EXPECT_EQ(s.count, 1u);
  for (const double value : {s.min, s.p50, s.p90, s.p95, s.p99, s.max, s.mean}) EXPECT_EQ(value, 7);
  EXPECT_EQ(s.mad, 0);
}

TEST(Statistics, PercentilesLieBetweenSamples) {
  const Summary s = Summarise({5, 1, 4, 2, 3});  // position of p90 in 1 2 3 4 5: 0.9 * 4 = 3.6
  EXPECT_EQ(s.min, 1);
  EXPECT_EQ(s.max, 5);
  EXPECT_EQ(s.p50, 3);
  EXPECT_DOUBLE_EQ(s.p90, 4.6);
  EXPECT_DOUBLE_EQ(s.p95, 4.8);
  EXPECT_DOUBLE_EQ(s.p99, 4.96);
  EXPECT_DOUBLE_EQ(s.mean, 3);
  EXPECT_DOUBLE_EQ(Summarise({1, 2}).p50, 1.5);
}

TEST(Statistics, DeviationIgnoresAnOutlier) {
  // Median 3; deviations 2 1 0 1 97, sorted 0 1 1 2 97.
  const Summary s = Summarise({1, 2, 3, 4, 100});
  EXPECT_EQ(s.mad, 1);
  EXPECT_EQ(s.mean, 22);
}

}  // namespace
}  // namespace sinew::measure
