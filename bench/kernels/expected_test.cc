// The direct computation against sums done by hand, and that a wrong algorithm is found out.
#include "expected.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace sinew::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Trial Counting(const char* text) {
  Trial trial(ParseLayer(text).value());
  std::iota(trial.input.begin(), trial.input.end(), 1.0f);
  std::iota(trial.weights.begin(), trial.weights.end(), 1.0f);
  for (auto& biases : trial.biases) std::fill(biases.begin(), biases.end(), 0.5f);
  return trial;
}

TEST(ExpectedPixel, OfAConvolution) {
  // Input 1 2 | 3 4 (one channel), window 2x2 of weights 1 2, 3 4, 5 6, 7 8 for two outputs; padded above and left.
  const Trial trial = Counting("c x1 2x2x1 | conv 2x2 pad 1,1 2x2x2");
  EXPECT_THAT(ExpectedPixel(trial, 0, 0), ElementsAre(7.5, 8.5));  // the last tap alone
  EXPECT_THAT(ExpectedPixel(trial, 1, 1), ElementsAre(1 + 6 + 15 + 28 + 0.5, 2 + 8 + 18 + 32 + 0.5));
}

TEST(ExpectedPixel, OfAStridedDepthwiseConvolution) {
  // Channels 1 3 5 7 and 2 4 6 8 in a row, weights 1 3 and 2 4.
  const Trial trial = Counting("d x1 1x4x2 | depthwise 1x2 stride 1x2 1x2x2");
  EXPECT_THAT(ExpectedPixel(trial, 0, 1), ElementsAre(5 * 1 + 7 * 3 + 0.5, 6 * 2 + 8 * 4 + 0.5));
}

TEST(ExpectedPixel, OfOperationsOneAfterTheOther) {
  // 1x1 with weights 1 2, clamped to 6, then the maximum of four.
  const Trial trial = Counting("p x1 2x2x1 | conv 1x1 relu6 2x2x2 | pool 2x2 stride 2x2 1x1x2");
  EXPECT_THAT(ExpectedPixel(trial, 0, 0), ElementsAre(4.5, 6));
}

constexpr const char* kLayers[] = {"c x1 19x23x24 | conv 3x3 pad 1,1 relu 19x23x40",
                                   "q x1 20x22x24 | conv 3x3 pad 1,1 20x22x16 | pool 2x2 stride 2x2 10x11x16",
                                   "f x1 20x22x3 | conv 3x3 pad 1,1 relu 20x22x16 | conv 3x3 pad 1,1 20x22x16",
                                   "d x1 19x23x24 | depthwise 3x3 stride 2x2 pad 1,1 relu6 10x12x24",
                                   "s x1 19x23x24 | depthwise 3x3 pad 1,1 relu 19x23x24 | conv 1x1 relu 19x23x40",
                                   "p x1 19x23x24 | pool 3x3 stride 2x2 pad 1,1 10x12x24"};

TEST(RunAndVerify, AcceptsEveryAlgorithm) {
  for (const char* text : kLayers) {
    Trial trial(ParseLayer(text).value());
    const Problem problem = MakeProblem(trial.layer).value();
    for (const simd::Target target : simd::SupportedTargets()) {
      const auto names = AlgorithmsFor(problem, target);
      EXPECT_FALSE(names.empty()) << text;
      for (const std::string_view name : names) {
        const Status status = RunAndVerify(Bind(problem, name, target, &trial), &trial);
        EXPECT_TRUE(status.ok()) << text << ": " << name << ": " << status.message();
      }
    }
  }
}

TEST(RunAndVerify, FindsFaults) {
  for (const char* text : kLayers) {
    Trial trial(ParseLayer(text).value());
    const Problem problem = MakeProblem(trial.layer).value();
    const simd::Target target = simd::SupportedTargets().back();
    const auto check = [&](const std::function<void()>& damage) {
      BoundAlgorithm algorithm = Bind(problem, AlgorithmsFor(problem, target)[0], target, &trial);
      algorithm.run = [run = algorithm.run, &damage] { run(), damage(); };
      return RunAndVerify(algorithm, &trial).message();
    };
    ASSERT_EQ(check([] {}), "");
    EXPECT_THAT(check([&] { trial.output[0] += 0.01f; }), HasSubstr("is off by")) << text;
    EXPECT_THAT(check([&] { trial.output[trial.output.size() - 1] += 0.01f; }), HasSubstr("is off by")) << text;
    EXPECT_THAT(check([&] {
                  for (float& value : trial.output) value *= 1.0005f;
                }),
                HasSubstr("is off by"))
        << text;
    EXPECT_THAT(check([&] { trial.output[trial.output.size() / 2] = NAN; }), HasSubstr("unwritten")) << text;
    EXPECT_THAT(check([&] { std::fill(trial.output.begin(), trial.output.end(), 0.0f); }), HasSubstr("is off by"))
        << text;
  }
}

TEST(MakeProblem, KnowsWhatNoFamilyDoes) {
  for (const char* text : {"a x1 8x8x4 | depthwise 3x3 pad 1,1 8x8x4 | conv 3x3 pad 1,1 8x8x4",
                           "b x1 8x8x4 | pool 2x2 stride 2x2 4x4x4 | conv 1x1 4x4x4",
                           "c x1 8x8x4 | conv 1x1 8x8x4 | pool 3x3 stride 2x2 3x3x4"}) {
    EXPECT_THAT(MakeProblem(ParseLayer(text).value()).status().message(),
                HasSubstr("no kernel family does these operations in one"));
  }
}

}  // namespace
}  // namespace sinew::bench
