// Tests of pass fuse-activation.
#include "compiler/passes/fuse_activation.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(FuseActivation, GoesIntoEveryOperationThatHasOne) {
  ExpectRewrite(FuseActivation, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, -2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1)
    %3 = relu "relu1" (%2)
    %4 = const "d" {1, -1} : f32[1,1,2,1]
    %5 = depthwise_conv2d "dw" (%3, %4)
    %6 = relu6 "relu2" (%5)
    %7 = const "gamma" {1, 2} : f32[2]
    %8 = batch_norm "norm" (%6, %7, %7) {epsilon=0.001}
    %9 = relu "relu3" (%8)
    %10 = scale_shift "scale" (%9, %7, %7)
    %11 = relu6 "relu4" (%10)
    %12 = add "add" (%11, %3)
    %13 = relu "relu5" (%12)
    output "out" = %13
  )",
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, -2, 3, 4} : f32[1,1,2,2]
    %2 = conv2d "conv" (%0, %1) {activation=relu}
    %3 = const "d" {1, -1} : f32[1,1,2,1]
    %4 = depthwise_conv2d "dw" (%2, %3) {activation=relu6}
    %5 = const "gamma" {1, 2} : f32[2]
    %6 = batch_norm "norm" (%4, %5, %5) {epsilon=0.001, activation=relu}
    %7 = scale_shift "scale" (%6, %5, %5) {activation=relu6}
    %8 = add "add" (%7, %2) {activation=relu}
    output "out" = %8
  )",
                5);
}

TEST(FuseActivation, CombinesWithAnActivationThatIsThere) {
  ExpectRewrite(FuseActivation, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {2} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1) {activation=relu6}
    %3 = relu "relu" (%2)
    %4 = conv2d "next" (%3, %1)
    %5 = relu "a" (%4)
    %6 = relu6 "b" (%5)
    output "out" = %6
  )",
                R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {2} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1) {activation=relu6}
    %3 = conv2d "next" (%2, %1) {activation=relu6}
    output "out" = %3
  )",
                3);
}

TEST(FuseActivation, StaysWhereTheUnclampedValueIsReadToo) {
  ExpectUnchanged(FuseActivation, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {2} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1)
    %3 = relu "relu" (%2)
    %4 = add "shortcut" (%3, %2)
    output "out" = %4
  )");
}

TEST(FuseActivation, StaysBehindOperationsWithoutOne) {
  ExpectUnchanged(FuseActivation, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = concat "both" (%0, %0) {axis=3}
    %2 = relu "relu" (%1)
    output "out" = %2
  )");
}

}  // namespace
}  // namespace sinew::passes
