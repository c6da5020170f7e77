// Sharing out processors.
#include "service/core_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::service {
namespace {

std::pair<int, int> LanesAndThreads(int threads, int lanes, bool one_at_a_time, int processors) {
  const CoreChoice choice = ChooseCores(threads, lanes, one_at_a_time, processors).value();
  return {choice.lanes, choice.threads};
}

TEST(CoreChoiceTest, PicturesShareProcessorsOnlyWhereTheyComeOneAtATime) {
  EXPECT_EQ(LanesAndThreads(0, 0, false, 8), std::pair(8, 1));
  EXPECT_EQ(LanesAndThreads(0, 0, true, 8), std::pair(1, 8));
}

TEST(CoreChoiceTest, WhatIsWishedHolds) {
  EXPECT_EQ(LanesAndThreads(2, 0, false, 8), std::pair(4, 2));
  EXPECT_EQ(LanesAndThreads(0, 2, false, 8), std::pair(2, 4));
  EXPECT_EQ(LanesAndThreads(0, 2, true, 8), std::pair(2, 4));
  EXPECT_EQ(LanesAndThreads(3, 5, false, 2), std::pair(5, 3));
  EXPECT_EQ(LanesAndThreads(16, 0, false, 2), std::pair(1, 16)) << "at least one lane";
  EXPECT_EQ(LanesAndThreads(0, 16, false, 2), std::pair(16, 1)) << "at least one thread";
}

TEST(CoreChoiceTest, WishesOutOfRangeAreRefused) {
  for (const int bad : {-1, 1025}) {
    EXPECT_EQ(ChooseCores(bad, 1, false, 2).status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(ChooseCores(1, bad, false, 2).status().message(), ::testing::HasSubstr("must be 1 to 1024"));
  }
}

}  // namespace
}  // namespace sinew::service
