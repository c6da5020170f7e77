// Selections, counted by hand and by brute force.
#include "media/video/frame_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

std::vector<int64_t> Taken(const FrameSelection& selection, int64_t total) {
  std::vector<int64_t> taken;
  for (int64_t i = 0; i < total; ++i) {
    if (selection.Takes(i)) taken.push_back(i);
  }
  return taken;
}

TEST(FrameSelectionTest, FirstStepAndLast) {
  EXPECT_EQ(Taken({}, 3), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(Taken({.first = 2, .step = 3}, 10), (std::vector<int64_t>{2, 5, 8}));
  EXPECT_EQ(Taken({.first = 2, .step = 3, .last = 5}, 10), (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(Taken({.first = 4, .last = 4}, 10), (std::vector<int64_t>{4}));
  EXPECT_EQ(Taken({.first = 10}, 10), std::vector<int64_t>());
}

TEST(FrameSelectionTest, CountsWhatItTakes) {
  for (int64_t first = 0; first < 5; ++first) {
    for (int64_t step = 1; step < 5; ++step) {
      for (int64_t total = 0; total < 12; ++total) {
        EXPECT_EQ((FrameSelection{first, step, std::nullopt}).CountOf(total),
                  static_cast<int64_t>(Taken({first, step, std::nullopt}, total).size()));
        for (int64_t last = first; last < 13; ++last) {
          const FrameSelection selection = {first, step, last};
          EXPECT_EQ(selection.CountOf(total), static_cast<int64_t>(Taken(selection, total).size()))
              << first << " " << step << " " << last << " of " << total;
        }
      }
    }
  }
  EXPECT_EQ((FrameSelection{0, 1, INT64_MAX}).CountOf(INT64_MAX), INT64_MAX);
}

TEST(FrameSelectionTest, Nonsense) {
  EXPECT_TRUE(CheckSelection({.first = 5, .step = 7, .last = 5}).ok());
  EXPECT_THAT(CheckSelection({.first = -1}).message(), HasSubstr("the first frame is -1"));
  EXPECT_THAT(CheckSelection({.step = 0}).message(), HasSubstr("step 0"));
  EXPECT_THAT(CheckSelection({.first = 5, .last = 4}).message(),
              HasSubstr("the last frame, 4, comes before the first, 5"));
}

}  // namespace
}  // namespace sinew::media
