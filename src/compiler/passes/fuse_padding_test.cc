// Tests of pass fuse-padding.
#include "compiler/passes/fuse_padding.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(FusePadding, PadBeforeAConvolution) {
  ExpectRewrite(FusePadding, R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "amounts" {0, 0, 1, 2, 3, 0, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = const "w" {1, 2, 3, 4} : f32[2,2,1,1]
    %4 = conv2d "conv" (%2, %3) {strides=[2,2], padding=valid}
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "w" {1, 2, 3, 4} : f32[2,2,1,1]
    %2 = conv2d "conv" (%0, %1) {strides=[2,2], padding=[1,2,3,0]}
    output "out" = %2
  )",
                1);
}

TEST(FusePadding, AddsToThePaddingOfTheConvolution) {
  // 8 x 9 after the pad; 3x3 at stride 2, SAME: one row below, one column on each side.
  ExpectRewrite(FusePadding, R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "amounts" {0, 0, 1, 2, 3, 0, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = const "w" {1, 2, 3, 4, 5, 6, 7, 8, 9} : f32[3,3,1,1]
    %4 = depthwise_conv2d "dw" (%2, %3) {strides=[2,2], padding=same}
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "w" {1, 2, 3, 4, 5, 6, 7, 8, 9} : f32[3,3,1,1]
    %2 = depthwise_conv2d "dw" (%0, %1) {strides=[2,2], padding=[1,3,4,1]}
    output "out" = %2
  )",
                1);
}

TEST(FusePadding, PadReadByTwoConvolutions) {
  ExpectRewrite(FusePadding, R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "amounts" {0, 0, 1, 1, 1, 1, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = const "w" {1, 2, 3, 4} : f32[2,2,1,1]
    %4 = conv2d "a" (%2, %3) {padding=valid}
    %5 = conv2d "b" (%2, %3) {padding=[1,0,0,0]}
    output "a" = %4
    output "b" = %5
  )",
                R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "w" {1, 2, 3, 4} : f32[2,2,1,1]
    %2 = conv2d "a" (%0, %1) {padding=[1,1,1,1]}
    %3 = conv2d "b" (%0, %1) {padding=[2,1,1,1]}
    output "a" = %2
    output "b" = %3
  )",
                2);
}

TEST(FusePadding, StaysWhereSomethingElseReadsIt) {
  ExpectUnchanged(FusePadding, R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "amounts" {0, 0, 1, 1, 1, 1, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = const "w" {1, 2, 3, 4} : f32[2,2,1,1]
    %4 = conv2d "a" (%2, %3) {padding=valid}
    output "a" = %4
    output "padded" = %2
  )");
}

TEST(FusePadding, LeavesPadsBeforePoolsAndOfChannels) {
  ExpectUnchanged(FusePadding, R"(
    %0 = input "image" : f32[1,5,6,1]
    %1 = const "amounts" {0, 0, 1, 1, 1, 1, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = max_pool "pool" (%2) {window=[2,2], padding=valid}
    %4 = const "channels" {0, 0, 0, 0, 0, 0, 1, 0} : i32[4,2]
    %5 = pad "wider" (%0, %4)
    %6 = const "w" {1, 2} : f32[1,1,2,1]
    %7 = conv2d "conv" (%5, %6)
    output "pool" = %3
    output "conv" = %7
  )");
}

}  // namespace
}  // namespace sinew::passes
