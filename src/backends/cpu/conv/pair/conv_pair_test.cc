// Every algorithm for pairs of convolutions on every target, against the two done one after the other in double.
#include "backends/cpu/conv/pair/conv_pair.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

// Values with bounds on their errors, row after row.
std::vector<Expected> Convolve(const ConvProblem& p, const std::vector<Expected>& in, const std::vector<float>& weights,
                               const std::vector<float>& bias) {
  std::vector<Expected> result;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int k = 0; k < p.out_k; ++k) {
        double sum = static_cast<double>(bias[static_cast<size_t>(k)]), absolutes = std::fabs(sum), inherited = 0;
        for (int r = 0; r < p.kernel_h; ++r) {
          for (int s = 0; s < p.kernel_w; ++s) {
            const int iy = y * p.stride_h + r - p.pad_top, ix = x * p.stride_w + s - p.pad_left;
            if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
            for (int c = 0; c < p.in_c; ++c) {
              const Expected& value = in[static_cast<size_t>((iy * p.in_w + ix) * p.in_c + c)];
              const double weight =
                  static_cast<double>(weights[static_cast<size_t>(((r * p.kernel_w + s) * p.in_c + c) * p.out_k + k)]);
              sum += value.value * weight;
              absolutes += std::fabs(value.value * weight);
              inherited += value.tolerance * std::fabs(weight);
            }
          }
        }
        const double own = SumTolerance(p.kernel_h * p.kernel_w * p.in_c + 1, absolutes);
        result.push_back({Activate(p.activation, sum), own + 1.001 * inherited});
      }
    }
  }
  return result;
}

std::vector<Expected> Pooled(const ConvProblem& p, const std::vector<Expected>& picture) {
  std::vector<Expected> result;
  for (int y = 0; y < p.out_h; y += 2) {
    for (int x = 0; x < p.out_w; x += 2) {
      for (int k = 0; k < p.out_k; ++k) {
        Expected largest = {-HUGE_VAL, 0};
        for (int iy = y; iy < std::min(y + 2, p.out_h); ++iy) {
          for (int ix = x; ix < std::min(x + 2, p.out_w); ++ix) {
            const Expected& e = picture[static_cast<size_t>((iy * p.out_w + ix) * p.out_k + k)];
            largest = {std::max(largest.value, e.value), std::max(largest.tolerance, e.tolerance)};
          }
        }
        result.push_back(largest);
      }
    }
  }
  return result;
}

ConvPairProblem MakePair(int h, int w, int stride, int pad, bool max_pool) {
  const auto out = [](int size, int step, int padding) { return (size + 2 * padding - 3) / step + 1; };
  const ConvProblem first = {h, w, 3, out(h, stride, 1), out(w, stride, 1), 9, 3, 3, stride, stride, 1,
                             1, 1, 1, Activation::kRelu};
  const ConvProblem second = {first.out_h,
                              first.out_w,
                              9,
                              out(first.out_h, 1, pad),
                              out(first.out_w, 1, pad),
                              18,
                              3,
                              3,
                              1,
                              1,
                              1,
                              1,
                              pad,
                              pad,
                              Activation::kRelu,
                              max_pool};
  return {first, second};
}

std::string Check(const ConvPairProblem& p, int gap) {
  const auto half = [&](int size) { return p.second.max_pool ? (size + 1) / 2 : size; };
  GuardedPicture in(p.first.in_h, p.first.in_w, p.first.in_c, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(half(p.second.out_h), half(p.second.out_w), p.second.out_k, gap, kSentinel);
  in.FillRandom(1);
  const auto count = [](const ConvProblem& c) {
    return static_cast<size_t>(c.kernel_h * c.kernel_w * c.in_c * c.out_k);
  };
  const std::vector<float> first = RandomFloats(count(p.first), 2), second = RandomFloats(count(p.second), 3);
  const std::vector<float> first_bias = RandomFloats(static_cast<size_t>(p.first.out_k), 4),
                           second_bias = RandomFloats(static_cast<size_t>(p.second.out_k), 5);
  std::vector<float> both = first;
  both.insert(both.end(), second.begin(), second.end());
  const AlignedBuffer<float> padded_first = PaddedToBlock(first_bias), padded_second = PaddedToBlock(second_bias);
  AlignedBuffer<float> packed;
  const auto pack = [&](const ConvPairAlgorithm& algorithm) {
    packed = AlignedBuffer<float>(algorithm.packed_floats(p));
    algorithm.pack(p, both.data(), packed.data());
    return ConvPairArgs{in.view(), out.view(), packed.data(), padded_first.data(), padded_second.data()};
  };
  std::vector<Expected> expected;
  for (const float value : in.Elements()) expected.push_back({static_cast<double>(value), 0});
  expected = Convolve(p.second, Convolve(p.first, expected, first, first_bias), second, second_bias);
  if (p.second.max_pool) expected = Pooled(p.second, expected);
  return CheckTable(ConvPairAlgorithms(), p, pack, out, expected, [&] { out.FillPoison(); });
}

TEST(ConvPairTest, BandsOfAnySize) {
  for (const int height : {3, 7, 8, 9, 16, 21, 41}) {
    for (const bool max_pool : {false, true}) {
      for (const int pad : {0, 1}) {
        EXPECT_EQ(Check(MakePair(height, 13, 1, pad, max_pool), height % 3), "")
            << height << " pad " << pad << " pooled " << max_pool;
      }
    }
  }
}

TEST(ConvPairTest, FirstWithAStride) {
  EXPECT_EQ(Check(MakePair(37, 22, 2, 1, false), 1), "");
  EXPECT_EQ(Check(MakePair(38, 60, 2, 1, true), 0), "");
}

TEST(ConvPairTest, RefusesWhatDoesNotFitTogether) {
  ConvPairProblem p = MakePair(16, 16, 1, 1, false);
  p.second.in_h += 1;
  for (const ConvPairAlgorithm& algorithm : ConvPairAlgorithms()) EXPECT_FALSE(algorithm.supports(p)) << algorithm.name;
  p = MakePair(16, 16, 1, 1, false);
  p.first.max_pool = true;
  for (const ConvPairAlgorithm& algorithm : ConvPairAlgorithms()) EXPECT_FALSE(algorithm.supports(p)) << algorithm.name;
}

}  // namespace
}  // namespace sinew::cpu
