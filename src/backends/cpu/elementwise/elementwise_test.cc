// Add, scale-and-shift, PReLU and copy on every target.
#include "backends/cpu/elementwise/elementwise.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(AddTest, AddsAlsoInPlace) {
  for (const int channels : {1, 8, 16, 19}) {
    for (const bool in_place : {false, true}) {
      GuardedPicture a(3, 5, channels, 2, kNaN), b(3, 5, channels, 1, kNaN), separate(3, 5, channels, 0, kSentinel);
      GuardedPicture& out = in_place ? a : separate;
      const auto reset = [&] {
        out.FillPoison();
        a.FillRandom(1);
        b.FillRandom(2);
      };
      reset();
      std::vector<Expected> expected;
      const std::vector<float> left = a.Elements(), right = b.Elements();
      for (size_t i = 0; i < left.size(); ++i) {
        const double sum = static_cast<double>(left[i]) + static_cast<double>(right[i]);
        expected.push_back({Activate(Activation::kRelu, sum), SumTolerance(0, std::fabs(sum))});
      }
      const AddProblem problem = {3, 5, channels, Activation::kRelu};
      const auto args = [&](const AddAlgorithm&) { return AddArgs{a.view(), b.view(), out.view()}; };
      EXPECT_EQ(CheckTable(AddAlgorithms(), problem, args, out, expected, reset), "") << channels << in_place;
    }
  }
}

TEST(ScaleShiftTest, ScalesEachChannel) {
  for (const int channels : {1, 8, 16, 19}) {
    GuardedPicture in(4, 3, channels, 1, kNaN), out(4, 3, channels, 2, kSentinel);
    in.FillRandom(1);
    const std::vector<float> scale = RandomFloats(static_cast<size_t>(channels), 2),
                             shift = RandomFloats(static_cast<size_t>(channels), 3);
    const AlignedBuffer<float> padded_scale = PaddedToBlock(scale), padded_shift = PaddedToBlock(shift);
    std::vector<Expected> expected;
    const std::vector<float> values = in.Elements();
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t c = i % static_cast<size_t>(channels);
      const double product = static_cast<double>(values[i]) * static_cast<double>(scale[c]),
                   offset = static_cast<double>(shift[c]);
      expected.push_back(
          {Activate(Activation::kRelu6, product + offset), SumTolerance(2, std::fabs(product) + std::fabs(offset))});
    }
    const ScaleShiftProblem problem = {4, 3, channels, Activation::kRelu6};
    const auto args = [&](const ScaleShiftAlgorithm&) {
      return ScaleShiftArgs{in.view(), out.view(), padded_scale.data(), padded_shift.data()};
    };
    EXPECT_EQ(CheckTable(ScaleShiftAlgorithms(), problem, args, out, expected, [&] { out.FillPoison(); }), "")
        << channels;
  }
}

TEST(PreluTest, MultipliesWhatIsNotPositive) {
  for (const int channels : {1, 8, 16, 19}) {
    for (const bool in_place : {false, true}) {
      GuardedPicture in(4, 3, channels, 1, kNaN), separate(4, 3, channels, 2, kSentinel);
      GuardedPicture& out = in_place ? in : separate;
      const auto reset = [&] {
        out.FillPoison();
        in.FillRandom(1);
      };
      reset();
      const std::vector<float> slope = RandomFloats(static_cast<size_t>(channels), 2);
      const AlignedBuffer<float> padded_slope = PaddedToBlock(slope);
      std::vector<Expected> expected;
      const std::vector<float> values = in.Elements();
      for (size_t i = 0; i < values.size(); ++i) {
        const double x = static_cast<double>(values[i]),
                     y = x > 0 ? x : x * static_cast<double>(slope[i % static_cast<size_t>(channels)]);
        expected.push_back({y, SumTolerance(1, std::fabs(y))});
      }
      const PreluProblem problem = {4, 3, channels};
      const auto args = [&](const PreluAlgorithm&) { return PreluArgs{in.view(), out.view(), padded_slope.data()}; };
      EXPECT_EQ(CheckTable(PreluAlgorithms(), problem, args, out, expected, reset), "") << channels << in_place;
    }
  }
}

TEST(CopyTest, CopiesIntoABorderOfZeros) {
  for (const int channels : {1, 8, 16, 19}) {
    for (const int border : {0, 2}) {
      GuardedPicture in(3, 4, channels, 1, kNaN), out(3 + 2 * border, 5 + border, channels, 3, kSentinel);
      in.FillRandom(1);
      const CopyProblem problem = {3, 4, channels, out.view().height, out.view().width, border, border / 2};
      std::vector<Expected> expected;
      for (int y = 0; y < problem.out_h; ++y) {
        for (int x = 0; x < problem.out_w; ++x) {
          for (int c = 0; c < channels; ++c) {
            const int iy = y - problem.pad_top, ix = x - problem.pad_left;
            const bool inside = iy >= 0 && iy < 3 && ix >= 0 && ix < 4;
            expected.push_back({inside ? static_cast<double>(in.at(iy, ix, c)) : 0.0, 0});
          }
        }
      }
      const auto args = [&](const CopyAlgorithm&) { return CopyArgs{in.view(), out.view()}; };
      EXPECT_EQ(CheckTable(CopyAlgorithms(), problem, args, out, expected, [&] { out.FillPoison(); }), "")
          << channels << border;
    }
  }
}

}  // namespace
}  // namespace sinew::cpu
