// Tests of pass fold-constants.
#include "compiler/passes/fold_constants.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(FoldConstants, ComputesChainsOfConstants) {
  ExpectRewrite(FoldConstants, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "a" {1, 2} : f32[2]
    %2 = const "b" {4} : f32[]
    %3 = mul "product" (%1, %2)
    %4 = identity "read" (%3)
    %5 = sub "difference" (%4, %1)
    %6 = add "sum" (%0, %5)
    output "out" = %6
  )",
                R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "difference" {3, 6} : f32[2]
    %2 = add "sum" (%0, %1)
    output "out" = %2
  )",
                3);
}

TEST(FoldConstants, MakesTheSizeOfAResizeConstant) {
  ExpectRewrite(FoldConstants, R"(
    %0 = input "image" : f32[1,6,4,2]
    %1 = max_pool "pool" (%0) {window=[2,2], strides=[2,2], padding=valid}
    %2 = shape "shape" (%0)
    %3 = const "one" {1} : i32[1]
    %4 = const "three" {3} : i32[1]
    %5 = const "step" {1} : i32[1]
    %6 = strided_slice "size" (%2, %3, %4, %5)
    %7 = resize_bilinear "up" (%1, %6)
    output "out" = %7
  )",
                R"(
    %0 = input "image" : f32[1,6,4,2]
    %1 = max_pool "pool" (%0) {window=[2,2], strides=[2,2], padding=valid}
    %2 = const "size" {6, 4} : i32[2]
    %3 = resize_bilinear "up" (%1, %2)
    output "out" = %3
  )",
                2);
}

TEST(FoldConstants, LeavesAnUnknownShape) {
  ExpectUnchanged(FoldConstants, R"(
    %0 = input "image" : f32[1,?,?,2]
    %1 = shape "shape" (%0)
    output "out" = %1
  )");
}

TEST(FoldConstants, LeavesWhatDependsOnThePicture) {
  ExpectUnchanged(FoldConstants, R"(
    %0 = input "image" : f32[1,2,3,2]
    %1 = const "a" {1, 2} : f32[2]
    %2 = add "sum" (%0, %1)
    output "out" = %2
  )");
}

TEST(FoldConstants, LeavesWhatBroadcastsToALargeResult) {
  // 1000 + 1000 values that would become a million.
  ExpectUnchanged(FoldConstants, R"(
    %0 = input "image" : f32[1,1,1,1]
    %1 = const "column" {splat 1} : f32[1000,1]
    %2 = const "row" {splat 2} : f32[1,1000]
    %3 = mul "table" (%1, %2)
    output "out" = %3
  )");
}

TEST(FoldConstants, StopsWhereAllResultsTogetherGrowTooLarge) {
  // Each product is small enough by itself. Without a common limit, a file of a few kilobytes could ask for gigabytes.
  std::string text = R"(
    %0 = input "image" : f32[1,1,1,1]
    %1 = const "column" {splat 1} : f32[256,1]
    %2 = const "row" {splat 2} : f32[1,256]
  )";
  constexpr int kProducts = 400;  // of 65536 elements; the limit is near 2^24 / 2^16 = 256 of them
  for (int i = 0; i < kProducts; ++i) {
    text += fmt::format("%{} = mul \"p{}\" (%1, %2)\noutput \"o{}\" = %{}\n", i + 3, i, i, i + 3);
  }
  int changes = 0;
  const Result<ir::Graph> result = FoldConstants(MustParse(text), &changes);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_GT(changes, 200);
  EXPECT_LT(changes, 300);
}

TEST(FoldConstants, LeavesAFloatThatWouldOverflow) {
  ExpectUnchanged(FoldConstants, R"(
    %0 = input "image" : f32[1,1,1,1]
    %1 = const "large" {3e38, 1} : f32[2]
    %2 = add "sum" (%1, %1)
    output "out" = %2
  )");
}

}  // namespace
}  // namespace sinew::passes
