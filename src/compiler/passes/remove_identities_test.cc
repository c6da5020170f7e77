// Tests of pass remove-identities.
#include "compiler/passes/remove_identities.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(RemoveIdentities, DropsEveryKindOfNodeWithoutEffect) {
  ExpectRewrite(RemoveIdentities, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = identity "identity" (%0)
    %2 = cast "cast" (%1) {dtype=f32}
    %3 = const "shape" {1, 2, -1, 2} : i32[4]
    %4 = reshape "reshape" (%2, %3)
    %5 = const "nothing" {0, 0, 0, 0, 0, 0, 0, 0} : i32[4,2]
    %6 = pad "pad" (%4, %5)
    %7 = const "size" {2, 3} : i32[2]
    %8 = resize_bilinear "resize" (%6, %7) {align_corners=true}
    %9 = concat "concat" (%8) {axis=3}
    %10 = max_pool "pool" (%9)
    %11 = slice_channels "slice" (%10) {count=2}
    %12 = const "zero" {0} : f32[]
    %13 = sub "minus_zero" (%11, %12)
    %14 = const "ones" {1, 1} : f32[1,1,1,2]
    %15 = div "by_one" (%13, %14)
    %16 = const "begin" {0, 0, 0, 0} : i32[4]
    %17 = const "end" {1, 2, 3, 2} : i32[4]
    %18 = const "steps" {1, 1, 1, 1} : i32[4]
    %19 = strided_slice "everything" (%15, %16, %17, %18)
    %20 = relu "relu" (%19)
    output "out" = %20
  )",
                R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu "relu" (%0)
    output "out" = %1
  )",
                11);
}

TEST(RemoveIdentities, DropsSqueezeWithoutUnitDimensions) {
  ExpectRewrite(RemoveIdentities, R"(
    %0 = input "image" : f32[2,2,3,2]
    %1 = squeeze "squeeze" (%0)
    output "out" = %1
  )",
                R"(
    %0 = input "image" : f32[2,2,3,2]
    output "out" = %0
  )",
                1);
}

TEST(RemoveIdentities, SimplifiesClampsOfClamps) {
  ExpectRewrite(RemoveIdentities, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu "a" (%0)
    %2 = relu "b" (%1)
    %3 = relu6 "c" (%2)
    %4 = relu6 "d" (%3)
    %5 = relu "e" (%4)
    output "out" = %5
    output "middle" = %2
  )",
                R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu "a" (%0)
    %2 = relu6 "c" (%0)
    output "out" = %2
    output "middle" = %1
  )",
                4);
}

TEST(RemoveIdentities, SeesActivationsThatAreFusedAlready) {
  ExpectRewrite(RemoveIdentities, R"(
    %0 = input "image" : f32[1,2,3,1]
    %1 = const "w" {2} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1) {padding=same, activation=relu6}
    %3 = relu "a" (%2)
    %4 = relu6 "b" (%3)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,2,3,1]
    %1 = const "w" {2} : f32[1,1,1,1]
    %2 = conv2d "conv" (%0, %1) {padding=same, activation=relu6}
    output "out" = %2
  )",
                2);
}

TEST(RemoveIdentities, KeepsWhatHasAnEffect) {
  ExpectUnchanged(RemoveIdentities, R"(
    %0 = input "image" : f32[1,2,2,2]
    %1 = const "pads" {0, 0, 0, 1, 0, 0, 0, 0} : i32[4,2]
    %2 = pad "pad" (%0, %1)
    %3 = const "one" {1} : f32[]
    %4 = add "add" (%2, %3)
    %5 = const "shape" {1, 2, 3, 2} : i32[4]
    %6 = reshape "reshape" (%4, %5)
    %7 = const "size" {3, 3} : i32[2]
    %8 = resize_bilinear "resize" (%6, %7)
    %9 = slice_channels "slice" (%8) {offset=1, count=1}
    %10 = max_pool "pool" (%9) {window=[2,2], padding=same}
    %11 = const "from" {0, 2, 0, 0} : i32[4]
    %12 = const "to" {1, 0, 3, 1} : i32[4]
    %13 = const "back" {1, -1, 1, 1} : i32[4]
    %14 = strided_slice "reversed" (%10, %11, %12, %13) {end_mask=2}
    %15 = relu6 "relu6" (%14)
    output "out" = %15
  )");
}

TEST(RemoveIdentities, KeepsAnAdditionOfZeroThatBroadcasts) {
  ExpectUnchanged(RemoveIdentities, R"(
    %0 = input "image" : f32[1,2,3,1]
    %1 = const "zeros" {0, 0} : f32[2]
    %2 = add "wider" (%0, %1)
    output "out" = %2
  )");
}

}  // namespace
}  // namespace sinew::passes
