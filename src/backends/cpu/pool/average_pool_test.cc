// Average pooling on every target against double precision.
#include "backends/cpu/pool/average_pool.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

std::string Check(const kernels::PoolProblem& p, bool count_padding, int gap) {
  GuardedPicture in(p.in_h, p.in_w, p.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(p.out_h, p.out_w, p.channels, gap, kSentinel);
  in.FillRandom(1);
  std::vector<Expected> expected;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int c = 0; c < p.channels; ++c) {
        double sum = 0, absolutes = 0;
        int count = 0;
        for (int r = 0; r < p.window_h; ++r) {
          for (int s = 0; s < p.window_w; ++s) {
            const int iy = y * p.stride_h + r - p.pad_top, ix = x * p.stride_w + s - p.pad_left;
            if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
            sum += static_cast<double>(in.at(iy, ix, c));
            absolutes += std::fabs(static_cast<double>(in.at(iy, ix, c)));
            ++count;
          }
        }
        if (count_padding) count = p.window_h * p.window_w;
        // Two roundings more than the sum has: the reciprocal and the product.
        expected.push_back({sum / count, SumTolerance(p.window_h + p.window_w + 2, absolutes / count)});
      }
    }
  }
  const AveragePoolProblem problem = {p, count_padding};
  const auto args = [&](const AveragePoolAlgorithm&) { return AveragePoolArgs{in.view(), out.view()}; };
  return CheckTable(AveragePoolAlgorithms(), problem, args, out, expected, [&] { out.FillPoison(); });
}

TEST(AveragePoolTest, Windows) {
  for (const bool count_padding : {false, true}) {
    for (const int channels : {1, 8, 15, 16, 37})
      EXPECT_EQ(Check({6, 8, channels, 3, 4, 2, 2, 2, 2, 0, 0}, count_padding, channels % 3), "") << channels;
    EXPECT_EQ(Check({7, 9, 18, 4, 5, 2, 2, 2, 2, 0, 0}, count_padding, 1), "");
    EXPECT_EQ(Check({7, 9, 18, 7, 9, 3, 3, 1, 1, 1, 1}, count_padding, 0), "");
    EXPECT_EQ(Check({7, 9, 18, 1, 1, 7, 9, 1, 1, 0, 0}, count_padding, 0), "") << "the whole picture";
  }
}

}  // namespace
}  // namespace sinew::cpu
