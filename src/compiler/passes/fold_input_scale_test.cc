// Tests of pass fold-input-scale.
#include "compiler/passes/fold_input_scale.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(FoldInputScale, DivisionBeforeAPaddedConvolution) {
  ExpectRewrite(FoldInputScale, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "d" {2, 4} : f32[2]
    %2 = div "div" (%0, %1)
    %3 = const "w" {1, 2, 3, 4, 5, 6, 7, 8} : f32[2,1,2,2]
    %4 = const "b" {9, 10} : f32[2]
    %5 = conv2d "conv" (%2, %3, %4) {padding=same}
    output "out" = %5
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "conv/kernel" {0.5, 1, 0.75, 1, 2.5, 3, 1.75, 2} : f32[2,1,2,2]
    %2 = const "conv/bias" {9, 10} : f32[2]
    %3 = conv2d "conv" (%0, %1, %2) {padding=same}
    output "out" = %3
  )",
                1);
}

TEST(FoldInputScale, EveryReaderTakesIt) {
  ExpectRewrite(FoldInputScale, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "m" {2, 4} : f32[1,1,1,2]
    %2 = mul "mul" (%1, %0)
    %3 = const "w" {1, 2} : f32[1,1,2,1]
    %4 = conv2d "conv" (%2, %3)
    %5 = const "v" {1, 2, 3, 4} : f32[1,1,2,2]
    %6 = depthwise_conv2d "dw" (%2, %5)
    output "conv" = %4
    output "dw" = %6
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "conv/kernel" {2, 8} : f32[1,1,2,1]
    %2 = conv2d "conv" (%0, %1)
    %3 = const "dw/kernel" {2, 4, 12, 16} : f32[1,1,2,2]
    %4 = depthwise_conv2d "dw" (%0, %3)
    output "conv" = %2
    output "dw" = %4
  )",
                2);
}

TEST(FoldInputScale, ShiftGoesIntoTheBiasOfAConvolutionWithoutPadding) {
  // A 3x3 window at stride 2 over 5x7, SAME, would need padding; VALID has none. 1x1 never has.
  ExpectRewrite(FoldInputScale, R"(
    %0 = input "image" : f32[1,5,7,2]
    %1 = const "s" {2, 4} : f32[2]
    %2 = const "t" {1, -1} : f32[2]
    %3 = scale_shift "scale" (%0, %1, %2)
    %4 = const "w" {1, 2, 3, 4, 5, 6, 7, 8} : f32[2,1,2,2]
    %5 = conv2d "conv" (%3, %4) {padding=valid}
    %6 = const "v" {1, 2} : f32[1,1,2,1]
    %7 = depthwise_conv2d "dw" (%3, %6) {strides=[2,2], padding=same}
    output "conv" = %5
    output "dw" = %7
  )",
                R"(
    %0 = input "image" : f32[1,5,7,2]
    %1 = const "conv/kernel" {2, 4, 12, 16, 10, 12, 28, 32} : f32[2,1,2,2]
    %2 = const "conv/bias" {-4, -4} : f32[2]
    %3 = conv2d "conv" (%0, %1, %2) {padding=valid}
    %4 = const "dw/kernel" {2, 8} : f32[1,1,2,1]
    %5 = const "dw/bias" {1, -2} : f32[2]
    %6 = depthwise_conv2d "dw" (%0, %4, %5) {strides=[2,2], padding=same}
    output "conv" = %3
    output "dw" = %6
  )",
                2);
}

TEST(FoldInputScale, ShiftStaysBeforeAPaddedConvolution) {
  ExpectUnchanged(FoldInputScale, R"(
    %0 = input "image" : f32[1,5,7,1]
    %1 = const "half" {0.5} : f32[]
    %2 = sub "sub" (%0, %1)
    %3 = const "w" {1, 2, 3} : f32[3,1,1,1]
    %4 = conv2d "conv" (%2, %3) {padding=same}
    output "out" = %4
  )");
}

TEST(FoldInputScale, StaysWhereSomethingElseReadsIt) {
  ExpectUnchanged(FoldInputScale, R"(
    %0 = input "image" : f32[1,5,7,1]
    %1 = const "half" {0.5} : f32[]
    %2 = mul "mul" (%0, %1)
    %3 = const "w" {1} : f32[1,1,1,1]
    %4 = conv2d "conv" (%2, %3)
    %5 = add "shortcut" (%4, %2)
    output "out" = %5
  )");
}

TEST(FoldInputScale, StaysWithAnActivationOrWithoutConstants) {
  ExpectUnchanged(FoldInputScale, R"(
    %0 = input "image" : f32[1,5,7,1]
    %1 = const "s" {2} : f32[1]
    %2 = const "t" {0} : f32[1]
    %3 = scale_shift "scale" (%0, %1, %2) {activation=relu}
    %4 = const "w" {1} : f32[1,1,1,1]
    %5 = conv2d "conv" (%3, %4)
    %6 = mul "square" (%5, %5)
    %7 = conv2d "next" (%6, %4)
    output "out" = %7
  )");
}

}  // namespace
}  // namespace sinew::passes
