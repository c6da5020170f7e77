// Tests of pass interleave-branches.
#include "compiler/passes/interleave_branches.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(InterleaveBranches, BranchesAdvanceTogether) {
  ExpectRewrite(InterleaveBranches, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "w" {seeded 1} : f32[1,1,2,2]
    %2 = conv2d "a1" (%0, %1)
    %3 = relu "a2" (%2)
    %4 = const "v" {seeded 2} : f32[1,1,2,2]
    %5 = conv2d "b1" (%0, %4)
    %6 = relu6 "b2" (%5)
    %7 = concat "out" (%3, %6) {axis=3}
    output "out" = %7
  )",
                R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "w" {seeded 1} : f32[1,1,2,2]
    %2 = conv2d "a1" (%0, %1)
    %3 = const "v" {seeded 2} : f32[1,1,2,2]
    %4 = conv2d "b1" (%0, %3)
    %5 = relu "a2" (%2)
    %6 = relu6 "b2" (%4)
    %7 = concat "out" (%5, %6) {axis=3}
    output "out" = %7
  )",
                2);
}

TEST(InterleaveBranches, AChainStaysAsItIs) {
  ExpectUnchanged(InterleaveBranches, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu "a" (%0)
    %2 = relu6 "b" (%1)
    %3 = add "c" (%2, %0)
    output "out" = %3
  )");
}

}  // namespace
}  // namespace sinew::passes
