// Tests of pass fuse-bias.
#include "compiler/passes/fuse_bias.h"

#include <gtest/gtest.h>

#include <string>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

// A 1x1 convolution of 2 to 2 channels, %2, and `rest` after it.
std::string AfterConvolution(std::string_view rest) {
  return R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1)
  )" + std::string(rest);
}

void ExpectConvolution(std::string_view rest, std::string_view kernel, std::string_view bias, int changes) {
  ExpectRewrite(FuseBias, AfterConvolution(rest),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "conv/kernel" {)" +
                    std::string(kernel) + R"(} : f32[1,1,2,2]
    %2 = const "conv/bias" {)" +
                    std::string(bias) + R"(} : f32[2]
    %3 = conv2d "conv" (%0, %1, %2)
    output "out" = %3
  )",
                changes);
}

TEST(FuseBias, AdditionOfAVectorIsABias) {
  ExpectConvolution(R"(
    %3 = const "b" {5, 6} : f32[2]
    %4 = add "add" (%2, %3)
    output "out" = %4
  )",
                    "1, 2, 3, 4", "5, 6", 1);
}

TEST(FuseBias, ConstantMayStandFirstAndHaveAnyShape) {
  ExpectConvolution(R"(
    %3 = const "b" {5, 6} : f32[1,1,1,2]
    %4 = add "add" (%3, %2)
    output "out" = %4
  )",
                    "1, 2, 3, 4", "5, 6", 1);
}

TEST(FuseBias, ChainsOfArithmeticEndInOneConvolution) {
  // ((conv - [1,2]) * [2,4]) / 2, then 10 - that
  ExpectConvolution(R"(
    %3 = const "s" {1, 2} : f32[1,2]
    %4 = sub "sub" (%2, %3)
    %5 = const "m" {2, 4} : f32[2]
    %6 = mul "mul" (%4, %5)
    %7 = const "d" {2} : f32[1,1,1,1]
    %8 = div "div" (%6, %7)
    %9 = const "ten" {10} : f32[]
    %10 = sub "rsub" (%9, %8)
    output "out" = %10
  )",
                    "-1, -4, -3, -8", "11, 14", 4);
}

TEST(FuseBias, DepthwiseChannelsCountMultipliersInnermost) {
  ExpectRewrite(FuseBias, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = depthwise_conv2d "dw" (%0, %1)
    %3 = const "m" {1, 2, 4, 8} : f32[4]
    %4 = mul "mul" (%2, %3)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "dw/kernel" {1, 4, 12, 32} : f32[1,1,2,2]
    %2 = depthwise_conv2d "dw" (%0, %1)
    output "out" = %2
  )",
                1);
}

TEST(FuseBias, ArithmeticOnThePictureBecomesOneScaleShift) {
  // The preprocessing of the VGG networks: x / 256 - 0.5.
  ExpectRewrite(FuseBias, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "d" {256} : f32[]
    %2 = div "preprocess_divide" (%0, %1)
    %3 = const "s" {0.5} : f32[]
    %4 = sub "preprocess_subtract" (%2, %3)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "preprocess_divide/scale" {0.00390625, 0.00390625} : f32[2]
    %2 = const "preprocess_divide/shift" {-0.5, -0.5} : f32[2]
    %3 = scale_shift "preprocess_divide" (%0, %1, %2)
    output "out" = %3
  )",
                2);
}

TEST(FuseBias, GoesIntoGammaAndBetaOfTheOwnStatistics) {
  ExpectRewrite(FuseBias, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "gamma" {1, 2} : f32[2]
    %2 = const "beta" {3, 4} : f32[2]
    %3 = batch_norm "norm" (%0, %1, %2) {epsilon=0.001}
    %4 = const "s" {2, 4} : f32[2]
    %5 = const "t" {1, 1} : f32[2]
    %6 = scale_shift "after" (%3, %4, %5) {activation=relu}
    output "out" = %6
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "norm/gamma" {2, 8} : f32[2]
    %2 = const "norm/beta" {7, 17} : f32[2]
    %3 = batch_norm "norm" (%0, %1, %2) {epsilon=0.001, activation=relu}
    output "out" = %3
  )",
                1);
}

TEST(FuseBias, LeavesAConvolutionThatOthersRead) {
  ExpectRewrite(FuseBias, AfterConvolution(R"(
    %3 = const "b" {5, 6} : f32[2]
    %4 = add "add" (%2, %3)
    output "out" = %4
    output "raw" = %2
  )"),
                AfterConvolution(R"(
    %3 = const "add/scale" {1, 1} : f32[2]
    %4 = const "add/shift" {5, 6} : f32[2]
    %5 = scale_shift "add" (%2, %3, %4)
    output "out" = %5
    output "raw" = %2
  )"),
                1);
}

TEST(FuseBias, DoesNotReachBehindAnActivation) {
  ExpectUnchanged(FuseBias, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1) {activation=relu}
    %3 = const "s" {2, 4} : f32[2]
    %4 = const "t" {1, 1} : f32[2]
    %5 = scale_shift "a" (%2, %3, %4) {activation=relu6}
    %6 = scale_shift "b" (%5, %3, %4)
    output "out" = %6
  )");
}

TEST(FuseBias, LeavesWhatIsNotOneValueAChannel) {
  ExpectUnchanged(FuseBias, R"(
    %0 = input "image" : f32[1,2,2,2]
    %1 = const "columns" {1, 2, 3, 4} : f32[2,2]
    %2 = add "by_column" (%0, %1)
    %3 = const "rows" {1, 2} : f32[2,1,1]
    %4 = mul "by_row" (%2, %3)
    %5 = add "no_constant" (%4, %0)
    %6 = const "zero" {1, 0} : f32[2]
    %7 = div "by_zero" (%5, %6)
    %8 = const "two" {2} : f32[]
    %9 = div "inverse" (%8, %4)
    output "out" = %7
    output "inverse" = %9
  )");
}

TEST(FuseBias, LeavesAConstantThatWidensThePicture) {
  ExpectUnchanged(FuseBias, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {3} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1)
    %3 = const "b" {5, 6} : f32[2]
    %4 = add "wider" (%2, %3)
    output "out" = %4
  )");
}

}  // namespace
}  // namespace sinew::passes
