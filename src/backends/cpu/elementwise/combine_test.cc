// Every operation on two pictures on every target, the second stretched in every way.
#include "backends/cpu/elementwise/combine.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

using kernels::Operation;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

double Compute(Operation operation, double a, double b) {
  switch (operation) {
    case Operation::kAdd:
      return a + b;
    case Operation::kSubtract:
      return a - b;
    case Operation::kMultiply:
      return a * b;
    case Operation::kDivide:
      return a / b;
  }
  return 0;
}

std::string Check(const CombineProblem& p) {
  GuardedPicture a(p.a_height, p.a_width, p.a_channels, 1, kNaN), b(p.b_height, p.b_width, p.b_channels, 2, kNaN);
  GuardedPicture out(p.height, p.width, p.channels, 3, kSentinel);
  a.FillRandom(1);
  b.FillRandom(2);
  std::vector<Expected> expected;
  for (int y = 0; y < p.height; ++y) {
    for (int x = 0; x < p.width; ++x) {
      for (int c = 0; c < p.channels; ++c) {
        const auto at = [&](const GuardedPicture& picture) {
          const View& v = picture.view();
          return static_cast<double>(
              picture.at(std::min(y, v.height - 1), std::min(x, v.width - 1), std::min(c, v.channels - 1)));
        };
        const double value = Compute(p.operation, at(a), at(b));
        expected.push_back({Activate(p.activation, value), SumTolerance(0, std::fabs(value))});
      }
    }
  }
  const auto args = [&](const CombineAlgorithm&) { return CombineArgs{a.view(), b.view(), out.view()}; };
  return CheckTable(CombineAlgorithms(), p, args, out, expected, [&] { out.FillPoison(); });
}

TEST(CombineTest, EveryOperationAndStretch) {
  for (const Operation operation : {Operation::kAdd, Operation::kSubtract, Operation::kMultiply, Operation::kDivide}) {
    for (int stretch = 0; stretch < 8; ++stretch) {
      const int h = stretch & 1 ? 1 : 3, w = stretch & 2 ? 1 : 4, c = stretch & 4 ? 1 : 19;
      EXPECT_EQ(Check({3, 4, 19, 3, 4, 19, h, w, c, operation, Activation::kNone}), "") << stretch;
      EXPECT_EQ(Check({3, 4, 19, h, w, c, 3, 4, 19, operation, Activation::kRelu}), "") << stretch;
    }
    EXPECT_EQ(Check({3, 4, 16, 3, 1, 16, 1, 4, 1, operation, Activation::kRelu6}), "");
  }
}

}  // namespace
}  // namespace sinew::cpu
