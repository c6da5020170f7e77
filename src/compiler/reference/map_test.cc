// Functions of elements, means, nearest pixels and blocks by known answers.
#include <gmock/gmock.h>

#include <cmath>

#include "compiler/reference/reference_test_util.h"

namespace sinew::reference {
namespace {

using ir::Function;
using ir::OpKind;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr double kNear = 1e-12;

std::vector<double> Mapped(Function function, std::vector<double> values, double alpha = 0, double beta = 0) {
  return Evaluate(OpKind::kMap, {Vector(std::move(values))}, {.function = function, .alpha = alpha, .beta = beta});
}

TEST(Map, Functions) {
  EXPECT_THAT(Mapped(Function::kAbs, {-2, 3}), ElementsAre(2, 3));
  EXPECT_THAT(Mapped(Function::kClip, {-2, 0.5, 3}, -1, 1), ElementsAre(-1, 0.5, 1));
  EXPECT_THAT(Mapped(Function::kElu, {2, std::log(0.25)}, 2), ElementsAre(2, DoubleNear(-1.5, kNear)));
  EXPECT_THAT(Mapped(Function::kExp, {0, std::log(3)}), ElementsAre(1, DoubleNear(3, kNear)));
  EXPECT_THAT(Mapped(Function::kHardSigmoid, {-9, 1, 9}, 0.25, 0.5), ElementsAre(0, 0.75, 1));
  EXPECT_THAT(Mapped(Function::kHardSwish, {-4, -1.5, 0, 3, 5}), ElementsAre(0, -0.375, 0, 3, 5));
  EXPECT_THAT(Mapped(Function::kSigmoid, {0, std::log(3), -1000}), ElementsAre(0.5, DoubleNear(0.75, kNear), 0));
  EXPECT_THAT(Mapped(Function::kSoftplus, {std::log(3), 1000, -1000}),
              ElementsAre(DoubleNear(std::log(4), kNear), 1000, 0));
  EXPECT_THAT(Mapped(Function::kSqrt, {9}), ElementsAre(3));
  EXPECT_THAT(Mapped(Function::kTanh, {0, std::log(3)}), ElementsAre(0, DoubleNear(0.8, kNear)));
}

TEST(SpatialMean, OfEachChannel) {
  EXPECT_THAT(Evaluate(OpKind::kSpatialMean, {Picture(2, 2, 2, {1, 10, 2, 20, 3, 30, 6, 60})}), ElementsAre(3, 30));
  EXPECT_THAT(ExecutionError(OpKind::kSpatialMean, {Picture(0, 2, 1, {})}), HasSubstr("mean of nothing"));
}

TEST(Softmax, OverTheChannelsOfEachPixel) {
  EXPECT_THAT(Evaluate(OpKind::kSoftmax, {Picture(1, 2, 2, {0, std::log(3), 1000, 1000})}),
              Pointwise(DoubleNear(kNear), {0.25, 0.75, 0.5, 0.5}));
}

TEST(AveragePool, PaddingCountsOnlyWhereItShould) {
  ir::Attributes attributes = {.window = {1, 2}, .padding = {ir::Padding::Kind::kExplicit, 0, 0, 1, 1}};
  const Array in = Picture(1, 3, 1, {2, 4, 8});
  EXPECT_THAT(Evaluate(OpKind::kAveragePool, {in}, attributes), ElementsAre(2, 3, 6, 8));
  attributes.count_padding = true;
  EXPECT_THAT(Evaluate(OpKind::kAveragePool, {in}, attributes), ElementsAre(1, 3, 6, 4));
}

std::vector<double> Nearest(double size, ir::Attributes attributes) {
  return Evaluate(OpKind::kResizeNearest, {Picture(1, 3, 1, {1, 2, 3}), Vector({1, size})}, std::move(attributes));
}

TEST(ResizeNearest, ConventionsAndRoundings) {
  EXPECT_THAT(Nearest(6, {}), ElementsAre(1, 1, 2, 2, 3, 3));
  EXPECT_THAT(Nearest(5, {.rounding = ir::Rounding::kCeil}), ElementsAre(1, 2, 3, 3, 3));
  // Positions 0, 0.5, 1, 1.5, 2.
  EXPECT_THAT(Nearest(5, {.align_corners = true, .rounding = ir::Rounding::kHalfDown}), ElementsAre(1, 1, 2, 2, 3));
  EXPECT_THAT(Nearest(5, {.align_corners = true, .rounding = ir::Rounding::kHalfUp}), ElementsAre(1, 2, 2, 3, 3));
  EXPECT_THAT(Nearest(6, {.half_pixel_centers = true, .rounding = ir::Rounding::kHalfUp}),
              ElementsAre(1, 1, 2, 2, 3, 3));
  EXPECT_THAT(Nearest(1, {.align_corners = true}), ElementsAre(1));
}

TEST(DepthToSpace, BothOrdersAndCrops) {
  const Array in = Counting(1, 1, 8);
  EXPECT_THAT(Evaluate(OpKind::kDepthToSpace, {in}, {.block = 2}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(Evaluate(OpKind::kDepthToSpace, {in}, {.block = 2, .pixels_innermost = true}),
              ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
  EXPECT_THAT(Evaluate(OpKind::kDepthToSpace, {in}, {.block = 2, .crop = {1, 0}}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Evaluate(OpKind::kDepthToSpace, {in}, {.block = 2, .crop = {0, 1}}), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(ExecutionError(OpKind::kDepthToSpace, {in}, {.block = 3}), HasSubstr("blocks of 3 pixels"));
}

}  // namespace
}  // namespace sinew::reference
