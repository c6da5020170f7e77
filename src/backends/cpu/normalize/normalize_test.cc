// Every normalisation algorithm on every target against the formula in double.
#include "backends/cpu/normalize/normalize.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

std::string Check(const NormalizeProblem& p, int gap, bool in_place) {
  GuardedPicture in(p.height, p.width, p.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture separate(p.height, p.width, p.channels, gap, kSentinel);
  GuardedPicture& out = in_place ? in : separate;
  in.FillRandom(1);
  const std::vector<float> gamma = RandomFloats(static_cast<size_t>(p.channels), 2),
                           beta = RandomFloats(static_cast<size_t>(p.channels), 3);
  const AlignedBuffer<float> padded_gamma = PaddedToBlock(gamma), padded_beta = PaddedToBlock(beta);

  const double pixels = static_cast<double>(p.height) * p.width;
  std::vector<Expected> expected(static_cast<size_t>(p.height * p.width * p.channels));
  for (int c = 0; c < p.channels; ++c) {
    double mean = 0, variance = 0;
    for (int i = 0; i < p.height * p.width; ++i)
      mean += static_cast<double>(in.at(i / p.width, i % p.width, c)) / pixels;
    for (int i = 0; i < p.height * p.width; ++i) {
      variance += std::pow(static_cast<double>(in.at(i / p.width, i % p.width, c)) - mean, 2) / pixels;
    }
    const double factor =
        static_cast<double>(gamma[static_cast<size_t>(c)]) / std::sqrt(variance + static_cast<double>(p.epsilon));
    const double shift = static_cast<double>(beta[static_cast<size_t>(c)]) - mean * factor;
    for (int i = 0; i < p.height * p.width; ++i) {
      const double value = static_cast<double>(in.at(i / p.width, i % p.width, c)) * factor;
      // The scale, the shift and the sum are each rounded once.
      expected[static_cast<size_t>(i * p.channels + c)] = {Activate(p.activation, value + shift),
                                                           SumTolerance(3, std::fabs(value) + std::fabs(shift))};
    }
  }
  std::vector<double> sums(MomentSums(p));
  const auto args = [&](const NormalizeAlgorithm&) {
    return NormalizeArgs{in.view(), out.view(), padded_gamma.data(), padded_beta.data(), sums.data()};
  };
  const auto reset = [&] {
    out.FillPoison();
    in.FillRandom(1);
    std::fill(sums.begin(), sums.end(), std::numeric_limits<double>::quiet_NaN());
  };
  return CheckTable(NormalizeAlgorithms(), p, args, out, expected, reset);
}

TEST(NormalizeTest, AgreesWithTheFormula) {
  for (const int channels : {1, 3, 8, 12, 15, 16, 17, 24, 48, 100}) {
    for (const bool in_place : {false, true}) {
      for (const int gap : {0, 1})
        EXPECT_EQ(Check({7, 9, channels, 1e-3f, Activation::kRelu}, gap, in_place), "") << channels << in_place << gap;
      EXPECT_EQ(Check({1, 2, channels, 1e-3f, Activation::kNone}, 0, in_place), "") << channels << in_place;
    }
  }
}

TEST(NormalizeTest, SeveralBands) {
  for (const int channels : {8, 24, 33})
    EXPECT_EQ(Check({37, 200, channels, 1e-3f, Activation::kRelu6}, 0, true), "") << channels;
}

}  // namespace
}  // namespace sinew::cpu
