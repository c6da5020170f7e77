// Tests of pass eliminate-dead-code.
#include "compiler/passes/eliminate_dead_code.h"

#include <gtest/gtest.h>

#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(EliminateDeadCode, DropsWholeChainsThatNoOutputNeeds) {
  ExpectRewrite(EliminateDeadCode, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "unused" {1, 2} : f32[2]
    %2 = add "a" (%0, %1)
    %3 = relu "b" (%2)
    %4 = relu6 "kept" (%0)
    output "out" = %4
  )",
                R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu6 "kept" (%0)
    output "out" = %1
  )",
                3);
}

TEST(EliminateDeadCode, KeepsAnInputThatNothingReads) {
  ExpectUnchanged(EliminateDeadCode, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "constant" {1, 2} : f32[2]
    output "out" = %1
  )");
}

TEST(EliminateDeadCode, KeepsWhatOneOfSeveralOutputsNeeds) {
  ExpectUnchanged(EliminateDeadCode, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = relu "a" (%0)
    %2 = relu6 "b" (%0)
    output "first" = %2
    output "second" = %1
  )");
}

}  // namespace
}  // namespace sinew::passes
