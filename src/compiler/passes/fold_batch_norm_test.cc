// Tests of pass fold-batch-norm.
#include "compiler/passes/fold_batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

// Variance 3 and epsilon 1 make the divisor 2; 15 and 1 make it 4.
constexpr char kStatistics[] = R"(
    %1 = const "gamma" {2, 8} : f32[2]
    %2 = const "beta" {1, -1} : f32[2]
    %3 = const "mean" {3, 4} : f32[2]
    %4 = const "variance" {3, 15} : f32[2]
)";

std::string WithStatistics(std::string_view rest) {
  return std::string("%0 = input \"image\" : f32[1,3,4,2]\n") + kStatistics + std::string(rest);
}

TEST(FoldBatchNorm, GoesIntoAConvolutionWithBias) {
  ExpectRewrite(FoldBatchNorm, WithStatistics(R"(
    %5 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %6 = const "b" {10, 20} : f32[2]
    %7 = conv2d "conv" (%0, %5, %6) {padding=same}
    %8 = batch_norm "norm" (%7, %1, %2, %3, %4) {epsilon=1}
    output "out" = %8
  )"),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "conv/kernel" {1, 4, 3, 8} : f32[1,1,2,2]
    %2 = const "conv/bias" {8, 31} : f32[2]
    %3 = conv2d "conv" (%0, %1, %2) {padding=same}
    output "out" = %3
  )",
                1);
}

TEST(FoldBatchNorm, GoesIntoADepthwiseConvolutionWithMultiplier) {
  ExpectRewrite(FoldBatchNorm, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "gamma" {2, 8} : f32[2]
    %2 = const "beta" {1, -1} : f32[2]
    %3 = const "mean" {3, 4} : f32[2]
    %4 = const "variance" {3, 15} : f32[2]
    %5 = const "w" {1, 2, 3, 4, 5, 6} : f32[3,1,1,2]
    %6 = depthwise_conv2d "dw" (%0, %5) {padding=same}
    %7 = batch_norm "norm" (%6, %1, %2, %3, %4) {epsilon=1}
    output "out" = %7
  )",
                R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "dw/kernel" {1, 4, 3, 8, 5, 12} : f32[3,1,1,2]
    %2 = const "dw/bias" {-2, -9} : f32[2]
    %3 = depthwise_conv2d "dw" (%0, %1, %2) {padding=same}
    output "out" = %3
  )",
                1);
}

TEST(FoldBatchNorm, BecomesAScaleShiftElsewhere) {
  ExpectRewrite(FoldBatchNorm, WithStatistics(R"(
    %5 = batch_norm "norm" (%0, %1, %2, %3, %4) {epsilon=1, activation=relu}
    output "out" = %5
  )"),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "norm/scale" {1, 2} : f32[2]
    %2 = const "norm/shift" {-2, -9} : f32[2]
    %3 = scale_shift "norm" (%0, %1, %2) {activation=relu}
    output "out" = %3
  )",
                1);
}

TEST(FoldBatchNorm, LeavesAConvolutionThatOthersRead) {
  ExpectRewrite(FoldBatchNorm, WithStatistics(R"(
    %5 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %6 = conv2d "conv" (%0, %5)
    %7 = batch_norm "norm" (%6, %1, %2, %3, %4) {epsilon=1}
    output "out" = %7
    output "raw" = %6
  )"),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1)
    %3 = const "norm/scale" {1, 2} : f32[2]
    %4 = const "norm/shift" {-2, -9} : f32[2]
    %5 = scale_shift "norm" (%2, %3, %4)
    output "out" = %5
    output "raw" = %2
  )",
                1);
}

TEST(FoldBatchNorm, LeavesAConvolutionWithActivation) {
  ExpectRewrite(FoldBatchNorm, WithStatistics(R"(
    %5 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %6 = conv2d "conv" (%0, %5) {activation=relu}
    %7 = batch_norm "norm" (%6, %1, %2, %3, %4) {epsilon=1}
    output "out" = %7
  )"),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1) {activation=relu}
    %3 = const "norm/scale" {1, 2} : f32[2]
    %4 = const "norm/shift" {-2, -9} : f32[2]
    %5 = scale_shift "norm" (%2, %3, %4)
    output "out" = %5
  )",
                1);
}

TEST(FoldBatchNorm, NeverFoldsThePicturesOwnStatistics) {
  ExpectUnchanged(FoldBatchNorm, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1)
    %3 = const "gamma" {2, 8} : f32[2]
    %4 = const "beta" {1, -1} : f32[2]
    %5 = batch_norm "norm" (%2, %3, %4) {epsilon=0.001}
    output "out" = %5
  )");
}

TEST(FoldBatchNorm, NamesDamagedStatistics) {
  const ir::Graph graph = MustParse(R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "gamma" {1, 1} : f32[2]
    %2 = const "variance" {1, -5} : f32[2]
    %3 = batch_norm "norm" (%0, %1, %1, %1, %2) {epsilon=0.001}
    output "out" = %3
  )");
  int changes = 0;
  const Result<ir::Graph> result = FoldBatchNorm(graph, &changes);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.status().message(), testing::HasSubstr("node \"norm\": channel 1 has variance -5"));
}

}  // namespace
}  // namespace sinew::passes
