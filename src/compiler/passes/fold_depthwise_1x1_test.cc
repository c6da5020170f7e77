// Tests of pass fold-depthwise-1x1.
#include "compiler/passes/fold_depthwise_1x1.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(FoldDepthwise1x1, GoesIntoAPointwiseConvolution) {
  ExpectRewrite(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "d" {2, 4} : f32[1,1,2,1]
    %2 = const "db" {1, 10} : f32[2]
    %3 = depthwise_conv2d "dw" (%0, %1, %2) {padding=same}
    %4 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %5 = const "b" {5, 6} : f32[2]
    %6 = conv2d "pw" (%3, %4, %5) {padding=same, activation=relu}
    output "out" = %6
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "pw/kernel" {2, 4, 12, 16} : f32[1,1,2,2]
    %2 = const "pw/bias" {36, 48} : f32[2]
    %3 = conv2d "pw" (%0, %1, %2) {padding=same, activation=relu}
    output "out" = %3
  )",
                1);
}

TEST(FoldDepthwise1x1, MultiplierShrinksTheNextKernel) {
  ExpectRewrite(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "d" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = depthwise_conv2d "dw" (%0, %1)
    %3 = const "w" {1, 2, 3, 4, 5, 6, 7, 8} : f32[1,1,4,2]
    %4 = conv2d "pw" (%2, %3)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "pw/kernel" {7, 10, 43, 50} : f32[1,1,2,2]
    %2 = conv2d "pw" (%0, %1)
    output "out" = %2
  )",
                1);
}

TEST(FoldDepthwise1x1, WithoutBiasGoesIntoPaddedKernelsToo) {
  ExpectRewrite(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "d" {2} : f32[1,1,1,1]
    %2 = depthwise_conv2d "dw" (%0, %1)
    %3 = const "w" {1, 2, 3} : f32[3,1,1,1]
    %4 = conv2d "conv" (%2, %3) {padding=same}
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "conv/kernel" {2, 4, 6} : f32[3,1,1,1]
    %2 = conv2d "conv" (%0, %1) {padding=same}
    output "out" = %2
  )",
                1);
}

TEST(FoldDepthwise1x1, ABiasDoesNotPassPadding) {
  ExpectUnchanged(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "d" {2} : f32[1,1,1,1]
    %2 = const "b" {1} : f32[1]
    %3 = depthwise_conv2d "dw" (%0, %1, %2)
    %4 = const "w" {1, 2, 3} : f32[3,1,1,1]
    %5 = conv2d "conv" (%3, %4) {padding=same}
    output "out" = %5
  )");
}

TEST(FoldDepthwise1x1, LeavesActivationStrideAndPadding) {
  ExpectUnchanged(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "d" {2} : f32[1,1,1,1]
    %2 = depthwise_conv2d "clamped" (%0, %1) {activation=relu}
    %3 = conv2d "a" (%2, %1)
    %4 = depthwise_conv2d "strided" (%3, %1) {strides=[2,2]}
    %5 = conv2d "b" (%4, %1)
    %6 = depthwise_conv2d "padded" (%5, %1) {padding=[1,1,1,1]}
    %7 = conv2d "c" (%6, %1)
    output "out" = %7
  )");
}

TEST(FoldDepthwise1x1, StaysWithSeveralReaders) {
  ExpectUnchanged(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "d" {2} : f32[1,1,1,1]
    %2 = depthwise_conv2d "dw" (%0, %1)
    %3 = conv2d "a" (%2, %1)
    %4 = conv2d "b" (%2, %1)
    output "a" = %3
    output "b" = %4
  )");
}

TEST(FoldDepthwise1x1, LeavesWeightsThatDependOnThePicture) {
  ExpectUnchanged(FoldDepthwise1x1, R"(
    %0 = input "image" : f32[1,1,2,1]
    %1 = max_pool "kernel" (%0) {window=[1,2], padding=valid}
    %2 = depthwise_conv2d "dw" (%0, %1)
    %3 = const "w" {3} : f32[1,1,1,1]
    %4 = conv2d "conv" (%2, %3)
    output "out" = %4
  )");
}

}  // namespace
}  // namespace sinew::passes
