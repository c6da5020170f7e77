// Every function and the softmax on every target, against double precision.
#include "backends/cpu/map/map.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

using kernels::Function;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
// Units in the last place: of Highway's worst (4), of the arithmetic around it (2), and of the argument of an
// exponential, whose rounding the result's relative error is at most as large as (arguments here are within -1..1).
constexpr double kRelative = 8 * 0x1p-24;

double Apply(const MapProblem& p, double x) {
  const double alpha = static_cast<double>(p.alpha), beta = static_cast<double>(p.beta);
  switch (p.function) {
    case Function::kNone:
      return x;
    case Function::kAbs:
      return std::fabs(x);
    case Function::kClip:
      return std::min(std::max(x, alpha), beta);
    case Function::kElu:
      return x >= 0 ? x : alpha * std::expm1(x);
    case Function::kExp:
      return std::exp(x);
    case Function::kHardSigmoid:
      return std::min(std::max(alpha * x + beta, 0.0), 1.0);
    case Function::kHardSwish:
      return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0);
    case Function::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Function::kSoftplus:
      return std::log1p(std::exp(x));
    case Function::kSqrt:
      return std::sqrt(x);
    case Function::kTanh:
      return std::tanh(x);
  }
  return kNaN;
}

constexpr Function kFunctions[] = {Function::kAbs,     Function::kClip,        Function::kElu,
                                   Function::kExp,     Function::kHardSigmoid, Function::kHardSwish,
                                   Function::kSigmoid, Function::kSoftplus,    Function::kTanh};

std::string Check(MapProblem p, bool in_place, uint64_t seed) {
  GuardedPicture in(p.height, p.width, p.channels, 2, kNaN), separate(p.height, p.width, p.channels, 1, kSentinel);
  GuardedPicture& out = in_place ? in : separate;
  const auto reset = [&] {
    out.FillPoison();
    in.FillRandom(seed);
  };
  reset();
  std::vector<Expected> expected;
  for (const float x : in.Elements()) {
    const double value = Apply(p, static_cast<double>(x));
    // HardSigmoid and HardSwish cancel: their error is that of the terms.
    expected.push_back({value, kRelative * std::max(std::fabs(value), 0.5)});
  }
  const auto args = [&](const MapAlgorithm&) { return MapArgs{in.view(), out.view()}; };
  return CheckTable(MapAlgorithms(), p, args, out, expected, reset);
}

TEST(MapTest, FunctionsAlsoInPlace) {
  for (const Function function : kFunctions) {
    for (const int channels : {1, 8, 19}) {
      const MapProblem problem = {3, 5, channels, function, 0.3f, 0.4f};
      EXPECT_EQ(Check(problem, channels == 8, 1), "") << static_cast<int>(function) << " " << channels;
    }
  }
}

// Elements of a picture of one pixel.
std::vector<float> Values(Function function, std::vector<float> x, float alpha, Target target) {
  std::vector<float> out(x.size());
  const int count = static_cast<int>(x.size());
  const ConstView in{x.data(), 1, 1, count, x.size()};
  const View to{out.data(), 1, 1, count, x.size()};
  MapAlgorithms()[0].run_for(target)({1, 1, count, function, alpha, 0}, {in, to}, 0, 1, nullptr);
  return out;
}

TEST(MapTest, FarFromZero) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  using Values4 = std::vector<float>;
  for (const Target target : simd::SupportedTargets()) {
    EXPECT_EQ(Values(Function::kSigmoid, {-1e30f, -200, 200, 1e30f}, 0, target), (Values4{0, 0, 1, 1}));
    EXPECT_EQ(Values(Function::kTanh, {-1e30f, -100, 100, 1e30f}, 0, target), (Values4{-1, -1, 1, 1}));
    EXPECT_EQ(Values(Function::kElu, {-1e30f, -200, 200, 1e30f}, 2, target), (Values4{-2, -2, 200, 1e30f}));
    EXPECT_EQ(Values(Function::kExp, {-1e30f, -200, 200, 1e30f}, 0, target), (Values4{0, 0, kInfinity, kInfinity}));
    EXPECT_EQ(Values(Function::kSoftplus, {-1e30f, -200, 200, 1e30f}, 0, target), (Values4{0, 0, 200, 1e30f}));
    EXPECT_EQ(Values(Function::kSqrt, {0, 4, 9, 1}, 0, target), (Values4{0, 2, 3, 1}));
  }
}

TEST(SoftmaxTest, OverTheChannelsOfEachPixel) {
  for (const int channels : {1, 8, 19}) {
    GuardedPicture in(3, 4, channels, 1, kNaN), out(3, 4, channels, 2, kSentinel);
    in.FillRandom(1);
    const std::vector<float> x = in.Elements();
    std::vector<Expected> expected;
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t pixel = i / static_cast<size_t>(channels) * static_cast<size_t>(channels);
      double sum = 0;
      for (size_t c = 0; c < static_cast<size_t>(channels); ++c) sum += std::exp(static_cast<double>(x[pixel + c]));
      const double value = std::exp(static_cast<double>(x[i])) / sum;
      expected.push_back({value, (8 + channels) * 0x1p-24 * value});
    }
    const SoftmaxProblem problem = {3, 4, channels};
    const auto args = [&](const SoftmaxAlgorithm&) { return SoftmaxArgs{in.view(), out.view()}; };
    EXPECT_EQ(CheckTable(SoftmaxAlgorithms(), problem, args, out, expected, [&] { out.FillPoison(); }), "") << channels;
  }
}

}  // namespace
}  // namespace sinew::cpu
