// Moving pixels on every target, exactly: the nearest one, and blocks made of channels.
#include <gtest/gtest.h>

#include "backends/cpu/resize/depth_to_space.h"
#include "backends/cpu/resize/nearest.h"
#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

using kernels::Rounding;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

int Nearest(int i, int in, int out, const ResizeNearestProblem& p) {
  double position = static_cast<double>(i) * in / out;
  if (p.resize.half_pixel_centers) position = (i + 0.5) * in / out - 0.5;
  if (p.resize.align_corners && out > 1) position = static_cast<double>(i) * (in - 1) / (out - 1);
  double whole = 0;
  if (p.rounding == Rounding::kFloor) whole = std::floor(position);
  if (p.rounding == Rounding::kCeil) whole = std::ceil(position);
  if (p.rounding == Rounding::kHalfDown) whole = std::ceil(position - 0.5);
  if (p.rounding == Rounding::kHalfUp) whole = std::floor(position + 0.5);
  return std::clamp(static_cast<int>(whole), 0, in - 1);
}

TEST(NearestTest, ConventionsAndRoundings) {
  for (const Rounding rounding : {Rounding::kFloor, Rounding::kCeil, Rounding::kHalfDown, Rounding::kHalfUp}) {
    for (const int convention : {0, 1, 2}) {
      for (const auto& [out_h, out_w] : {std::pair(10, 12), {7, 9}, {3, 1}}) {
        const ResizeNearestProblem p = {{5, 6, 19, out_h, out_w, convention == 1, convention == 2}, rounding};
        GuardedPicture in(5, 6, 19, 1, kNaN), out(out_h, out_w, 19, 2, kSentinel);
        in.FillRandom(1);
        std::vector<Expected> expected;
        for (int y = 0; y < out_h; ++y) {
          for (int x = 0; x < out_w; ++x) {
            for (int c = 0; c < 19; ++c)
              expected.push_back({static_cast<double>(in.at(Nearest(y, 5, out_h, p), Nearest(x, 6, out_w, p), c)), 0});
          }
        }
        const auto args = [&](const NearestAlgorithm&) { return NearestArgs{in.view(), out.view()}; };
        EXPECT_EQ(CheckTable(NearestAlgorithms(), p, args, out, expected, [&] { out.FillPoison(); }), "")
            << static_cast<int>(rounding) << convention;
      }
    }
  }
}

TEST(DepthToSpaceTest, BothOrdersAndCrops) {
  for (const int block : {1, 2, 3}) {
    for (const int channels : {1, 8, 19}) {
      for (const bool pixels_innermost : {false, true}) {
        const int crop = block == 3 ? 2 : 0, in_c = channels * block * block;
        const DepthToSpaceProblem p = {3, 4, in_c, 3 * block - crop, 4 * block, block, pixels_innermost};
        GuardedPicture in(3, 4, in_c, 1, kNaN), out(p.out_h, p.out_w, channels, 2, kSentinel);
        in.FillRandom(1);
        std::vector<Expected> expected;
        for (int y = 0; y < p.out_h; ++y) {
          for (int x = 0; x < p.out_w; ++x) {
            for (int k = 0; k < channels; ++k) {
              const int pixel = y % block * block + x % block;
              const int channel = pixels_innermost ? k * block * block + pixel : pixel * channels + k;
              expected.push_back({static_cast<double>(in.at(y / block, x / block, channel)), 0});
            }
          }
        }
        const auto args = [&](const DepthToSpaceAlgorithm&) { return DepthToSpaceArgs{in.view(), out.view()}; };
        EXPECT_EQ(CheckTable(DepthToSpaceAlgorithms(), p, args, out, expected, [&] { out.FillPoison(); }), "")
            << block << channels << pixels_innermost;
      }
    }
  }
}

}  // namespace
}  // namespace sinew::cpu
