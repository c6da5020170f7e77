// Tests of pass hoist-above-depth-to-space.
#include "compiler/passes/hoist_above_depth_to_space.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(HoistAboveDepthToSpace, NormsAndActivationsOneAfterTheOther) {
  ExpectRewrite(HoistAboveDepthToSpace, R"(
    %0 = input "image" : f32[1,3,4,8]
    %1 = depth_to_space "up" (%0) {block=2}
    %2 = const "b" {1, -2} : f32[2]
    %3 = add "bias" (%1, %2)
    %4 = relu "relu" (%3)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,8]
    %1 = const "bias/scale" {1, 1, 1, 1, 1, 1, 1, 1} : f32[8]
    %2 = const "bias/shift" {1, -2, 1, -2, 1, -2, 1, -2} : f32[8]
    %3 = scale_shift "bias/channels" (%0, %1, %2)
    %4 = relu "relu/channels" (%3)
    %5 = depth_to_space "relu" (%4) {block=2}
    output "out" = %5
  )",
                2);
}

TEST(HoistAboveDepthToSpace, ChannelsOfTheOtherOrder) {
  ExpectRewrite(HoistAboveDepthToSpace, R"(
    %0 = input "image" : f32[1,3,4,8]
    %1 = depth_to_space "up" (%0) {block=2, pixels_innermost=true}
    %2 = const "s" {3, 5} : f32[2]
    %3 = mul "scale" (%1, %2)
    output "out" = %3
  )",
                R"(
    %0 = input "image" : f32[1,3,4,8]
    %1 = const "scale/scale" {3, 3, 3, 3, 5, 5, 5, 5} : f32[8]
    %2 = const "scale/shift" {0, 0, 0, 0, 0, 0, 0, 0} : f32[8]
    %3 = scale_shift "scale/channels" (%0, %1, %2)
    %4 = depth_to_space "scale" (%3) {block=2, pixels_innermost=true}
    output "out" = %4
  )",
                1);
}

TEST(HoistAboveDepthToSpace, LeavesAloneWhatOthersRead) {
  ExpectUnchanged(HoistAboveDepthToSpace, R"(
    %0 = input "image" : f32[1,3,4,8]
    %1 = depth_to_space "up" (%0) {block=2}
    %2 = relu "relu" (%1)
    %3 = add "sum" (%1, %2)
    %4 = depth_to_space "up2" (%0) {block=2}
    %5 = add "two" (%3, %4)
    output "out" = %5
  )");
}

}  // namespace
}  // namespace sinew::passes
