// Operations on each element, and normalisation, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/reference/reference_test_util.h"

namespace sinew::reference {
namespace {

using ir::OpKind;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

TEST(Prelu, EachChannelHasItsSlope) {
  EXPECT_THAT(Evaluate(OpKind::kPrelu, {Picture(1, 2, 2, {-4, -4, 3, 0}), Vector({0.5, -2})}),
              ElementsAre(-2, 8, 3, 0));
}

TEST(BatchNorm, UsesEachPicturesOwnStatistics) {
  const Array batch = {{2, 1, 2, 1}, {1, 3, 10, 30}};
  // The biased variances are 1 and 100.
  EXPECT_THAT(Evaluate(OpKind::kBatchNorm, {batch, Vector({2}), Vector({5})}), ElementsAre(3, 7, 3, 7));
}

TEST(BatchNorm, StatisticsGoOverRowsAndColumnsOfAChannel) {
  // Channel 0: mean 2.5, variance 1.25, with epsilon 1 the deviation is 1.5. Channel 1 is constant.
  const Array picture = Picture(2, 2, 2, {1, 7, 2, 7, 3, 7, 4, 7});
  EXPECT_THAT(Evaluate(OpKind::kBatchNorm, {picture, Vector({3, 4}), Vector({0, 9})}, {.epsilon = 1}),
              ElementsAre(-3, 9, -1, 9, 1, 9, 3, 9));
}

TEST(BatchNorm, GivenStatistics) {
  const std::vector<Array> inputs = {Picture(1, 2, 1, {-9, 1}), Vector({2}), Vector({5}), Vector({1}), Vector({3})};
  EXPECT_THAT(Evaluate(OpKind::kBatchNorm, inputs, {.epsilon = 1}), ElementsAre(-5, 5));
  EXPECT_THAT(Evaluate(OpKind::kBatchNorm, inputs, {.activation = ir::Activation::kRelu6, .epsilon = 1}),
              ElementsAre(0, 5));
}

TEST(BatchNorm, MisfitsAreNamed) {
  const Array x = Counting(1, 1, 2), two = Vector({1, 1});
  EXPECT_THAT(ExecutionError(OpKind::kBatchNorm, {x, two, Vector({1})}),
              HasSubstr("input 2 has 1 values, needs 2, one a channel"));
  EXPECT_THAT(ExecutionError(OpKind::kBatchNorm, {x, two, two, two}), HasSubstr("has a mean but no variance"));
  EXPECT_THAT(ExecutionError(OpKind::kBatchNorm, {two, two, two}), HasSubstr("needs 4 dimensions"));
}

TEST(ScaleShift, EachChannelByItsOwn) {
  const std::vector<Array> inputs = {Picture(1, 2, 2, {1, 2, 3, 4}), Vector({10, -1}), Vector({1, 3})};
  EXPECT_THAT(Evaluate(OpKind::kScaleShift, inputs), ElementsAre(11, 1, 31, -1));
  EXPECT_THAT(Evaluate(OpKind::kScaleShift, inputs, {.activation = ir::Activation::kRelu}), ElementsAre(11, 1, 31, 0));
  EXPECT_THAT(ExecutionError(OpKind::kScaleShift, {inputs[0], Vector({1}), inputs[2]}),
              HasSubstr("input 1 has 1 values, needs 2"));
}

TEST(Arithmetic, FourKinds) {
  const std::vector<Array> inputs = {Vector({6, -3}), Vector({2, 4})};
  EXPECT_THAT(Evaluate(OpKind::kAdd, inputs), ElementsAre(8, 1));
  EXPECT_THAT(Evaluate(OpKind::kSub, inputs), ElementsAre(4, -7));
  EXPECT_THAT(Evaluate(OpKind::kMul, inputs), ElementsAre(12, -12));
  EXPECT_THAT(Evaluate(OpKind::kDiv, inputs), ElementsAre(3, -0.75));
}

TEST(Arithmetic, AdditionWithActivation) {
  const std::vector<Array> inputs = {Vector({6, -3, 2}), Vector({2, -4, 1})};
  EXPECT_THAT(Evaluate(OpKind::kAdd, inputs, {.activation = ir::Activation::kRelu}), ElementsAre(8, 0, 3));
  EXPECT_THAT(Evaluate(OpKind::kAdd, inputs, {.activation = ir::Activation::kRelu6}), ElementsAre(6, 0, 3));
}

TEST(Arithmetic, BroadcastsBothWays) {
  const Array row = Vector({10, 20}), column = {{3, 1}, {1, 2, 4}}, scalar = {{}, {100}};
  const Array table = RunNode(OpKind::kSub, {column, row}).value();
  EXPECT_THAT(table.shape, ElementsAre(3, 2));
  EXPECT_THAT(table.values, ElementsAre(-9, -19, -8, -18, -6, -16));
  EXPECT_THAT(Evaluate(OpKind::kSub, {scalar, row}), ElementsAre(90, 80));
  const Array picture = RunNode(OpKind::kMul, {Counting({1, 2, 1, 2}), column}).value();
  EXPECT_THAT(picture.shape, ElementsAre(1, 2, 3, 2));
  EXPECT_THAT(picture.values, ElementsAre(1, 2, 2, 4, 4, 8, 3, 4, 6, 8, 12, 16));
  EXPECT_THAT(RunNode(OpKind::kAdd, {{{0}, {}}, scalar}).value().shape, ElementsAre(0));
}

TEST(Arithmetic, PreprocessingOfAPicture) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[?,?,?,3]
    %1 = const "scale" {255} : f32[]
    %2 = const "half" {0.5} : f32[]
    %3 = div "d" (%0, %1)
    %4 = sub "s" (%3, %2)
    output "o" = %4)",
                             Picture(1, 1, 3, {0, 51, 255}));
  EXPECT_THAT(out.values, Pointwise(DoubleEq(), {-0.5, -0.3, 0.5}));
}

TEST(Arithmetic, MisfitsAreNamed) {
  EXPECT_THAT(ExecutionError(OpKind::kAdd, {Counting({2, 3}), Counting({2})}),
              HasSubstr("shapes [2,3] and [2] do not broadcast"));
  EXPECT_THAT(ExecutionError(OpKind::kAdd, {Vector({1})}), HasSubstr("add has 1 inputs, needs 2"));
}

TEST(Activations, OfTheirOwn) {
  EXPECT_THAT(Evaluate(OpKind::kRelu, {Vector({-1, 0, 5, 7})}), ElementsAre(0, 0, 5, 7));
  EXPECT_THAT(Evaluate(OpKind::kRelu6, {Vector({-1, 0, 5, 7})}), ElementsAre(0, 0, 5, 6));
  EXPECT_THAT(Evaluate(OpKind::kIdentity, {Vector({-1, 7})}), ElementsAre(-1, 7));
}

TEST(Cast, ToIntegersTruncates) {
  const std::vector<Array> inputs = {Vector({1.9, -1.9, 0.25, 3})};
  EXPECT_THAT(Evaluate(OpKind::kCast, inputs, {.dtype = ir::DType::kInt32}), ElementsAre(1, -1, 0, 3));
  EXPECT_THAT(Evaluate(OpKind::kCast, inputs, {.dtype = ir::DType::kFloat32}), ElementsAre(1.9, -1.9, 0.25, 3));
}

}  // namespace
}  // namespace sinew::reference
