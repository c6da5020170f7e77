// Every resize algorithm on every target against the formula in double.
#include "backends/cpu/resize/resize.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

double Source(int i, int in, int out, const ResizeProblem& p) {
  if (p.align_corners && out > 1) return static_cast<double>(i) * (in - 1) / (out - 1);
  if (p.half_pixel_centers) return std::clamp((i + 0.5) * in / out - 0.5, 0.0, in - 1.0);
  return static_cast<double>(i) * in / out;
}

std::string Check(const ResizeProblem& p, int gap) {
  GuardedPicture in(p.in_h, p.in_w, p.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(p.out_h, p.out_w, p.channels, gap, kSentinel);
  in.FillRandom(1);
  std::vector<Expected> expected;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int c = 0; c < p.channels; ++c) {
        const double sy = Source(y, p.in_h, p.out_h, p), sx = Source(x, p.in_w, p.out_w, p);
        const auto weight = [](double source, int i) { return std::max(0.0, 1 - std::fabs(source - i)); };
        double value = 0, total = 0;
        for (int iy = 0; iy < p.in_h; ++iy) {
          for (int ix = 0; ix < p.in_w; ++ix) {
            const double w = weight(sy, iy) * weight(sx, ix);
            value += w * static_cast<double>(in.at(iy, ix, c));
            total += w;
          }
        }
        // Beyond the last centre the border value is repeated: the weights inside then sum to less than one.
        expected.push_back({value / total, 8 * 0x1p-24 * 2});  // eight roundings of values within +-2
      }
    }
  }
  const auto args = [&](const ResizeAlgorithm&) { return ResizeArgs{in.view(), out.view()}; };
  return CheckTable(ResizeAlgorithms(), p, args, out, expected, [&] { out.FillPoison(); });
}

TEST(ResizeTest, ThreeConventions) {
  for (const bool corners : {false, true}) {
    for (const bool half : {false, true}) {
      if (corners && half) continue;
      for (const int channels : {1, 16, 19}) {
        EXPECT_EQ(Check({5, 7, channels, 10, 14, corners, half}, 1), "") << corners << half << channels;
        EXPECT_EQ(Check({5, 7, channels, 8, 9, corners, half}, 0), "") << corners << half << channels;
        EXPECT_EQ(Check({8, 9, channels, 3, 4, corners, half}, 0), "") << corners << half << channels;
        EXPECT_EQ(Check({1, 1, channels, 3, 1, corners, half}, 0), "") << corners << half << channels;
      }
    }
  }
}

}  // namespace
}  // namespace sinew::cpu
