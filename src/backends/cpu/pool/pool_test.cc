// Every pooling algorithm on every target: exact.
#include "backends/cpu/pool/pool.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

std::string Check(const PoolProblem& p, int gap) {
  GuardedPicture in(p.in_h, p.in_w, p.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(p.out_h, p.out_w, p.channels, gap, kSentinel);
  in.FillRandom(1);
  std::vector<Expected> expected;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int c = 0; c < p.channels; ++c) {
        double best = -std::numeric_limits<double>::infinity();
        for (int r = 0; r < p.window_h; ++r) {
          for (int s = 0; s < p.window_w; ++s) {
            const int iy = y * p.stride_h + r - p.pad_top, ix = x * p.stride_w + s - p.pad_left;
            if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
            best = std::max(best, static_cast<double>(in.at(iy, ix, c)));
          }
        }
        expected.push_back({best, 0});
      }
    }
  }
  const auto args = [&](const PoolAlgorithm&) { return PoolArgs{in.view(), out.view()}; };
  return CheckTable(PoolAlgorithms(), p, args, out, expected, [&] { out.FillPoison(); });
}

TEST(PoolTest, TwoByTwo) {
  for (const int channels : {1, 8, 15, 16, 37})
    EXPECT_EQ(Check({6, 8, channels, 3, 4, 2, 2, 2, 2, 0, 0}, channels % 3), "") << channels;
}

TEST(PoolTest, PaddedAndOverlapping) {
  EXPECT_EQ(Check({7, 9, 18, 4, 5, 2, 2, 2, 2, 0, 0}, 1), "");  // the last row and column see half a window
  EXPECT_EQ(Check({7, 9, 18, 7, 9, 3, 3, 1, 1, 1, 1}, 0), "");
  EXPECT_EQ(Check({1, 1, 3, 1, 1, 3, 3, 2, 2, 1, 1}, 0), "");
}

}  // namespace
}  // namespace sinew::cpu
