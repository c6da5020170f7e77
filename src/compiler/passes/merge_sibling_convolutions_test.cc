// Tests of pass merge-sibling-convolutions.
#include "compiler/passes/merge_sibling_convolutions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "compiler/ir/text.h"
#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

// Each pair below is read by a pool of its own, which sees a slice as it lies.
constexpr char kReaders[] = R"(
    %7 = max_pool "pool_a" (%5) {window=[2,2], padding=same}
    %8 = max_pool "pool_b" (%6) {window=[2,2], padding=same}
    output "a" = %7
    output "b" = %8
)";

std::string WithReaders(std::string_view text) { return std::string(text) + kReaders; }

TEST(MergeSiblingConvolutions, FillsTheBlocksOfSmallPointwiseOnes) {
  ExpectRewrite(MergeSiblingConvolutions, WithReaders(R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2, 3, 4, 5, 6} : f32[1,1,2,3]
    %2 = const "bias" {7, 8, 9} : f32[3]
    %3 = const "v" {-1, -2, -3, -4} : f32[1,1,2,2]
    %4 = const "unused" {1} : f32[]
    %5 = conv2d "a" (%0, %1, %2) {activation=relu}
    %6 = conv2d "b" (%0, %3) {activation=relu}
  )"),
                R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "a+b/kernel" {1, 2, 3, -1, -2, 4, 5, 6, -3, -4} : f32[1,1,2,5]
    %2 = const "a+b/bias" {7, 8, 9, 0, 0} : f32[5]
    %3 = conv2d "a+b" (%0, %1, %2) {activation=relu}
    %4 = slice_channels "a" (%3) {count=3}
    %5 = slice_channels "b" (%3) {offset=3, count=2}
    %6 = max_pool "pool_a" (%4) {window=[2,2], padding=same}
    %7 = max_pool "pool_b" (%5) {window=[2,2], padding=same}
    output "a" = %6
    output "b" = %7
  )",
                2);
}

// A 3x3 convolution of `channels` to `outputs` channels at this stride, twice; the number of changes.
int MergedCount(int kernel, int channels, int outputs, int stride) {
  const std::string text = WithReaders(fmt::format(R"(
    %0 = input "image" : f32[1,6,6,{1}]
    %1 = const "w" {{seeded 1}} : f32[{0},{0},{1},{2}]
    %2 = const "v" {{seeded 2}} : f32[{0},{0},{1},{2}]
    %3 = const "bias" {{seeded 3}} : f32[{2}]
    %4 = const "c" {{seeded 4}} : f32[{2}]
    %5 = conv2d "a" (%0, %1, %3) {{strides=[{3},{3}], padding=same}}
    %6 = conv2d "b" (%0, %2, %4) {{strides=[{3},{3}], padding=same}}
  )",
                                                   kernel, channels, outputs, stride));
  const ir::Graph graph = MustParse(text);
  int changes = -1;
  const Result<ir::Graph> result = MergeSiblingConvolutions(graph, &changes);
  EXPECT_TRUE(result.ok()) << result.status().message();
  if (result.ok()) ExpectSameResults(graph, *result);
  return changes;
}

TEST(MergeSiblingConvolutions, SharesTheTransformOfLargeKernels) {
  EXPECT_EQ(MergedCount(7, 16, 16, 1), 2);
  EXPECT_EQ(MergedCount(3, 32, 16, 1), 2);
}

TEST(MergeSiblingConvolutions, LeavesWhatWinsNothing) {
  EXPECT_EQ(MergedCount(3, 3, 16, 1), 0) << "few channels are convolved directly, without a transform";
  EXPECT_EQ(MergedCount(3, 16, 16, 2), 0) << "no transform at stride 2";
  EXPECT_EQ(MergedCount(1, 16, 16, 1), 0) << "full blocks";
  EXPECT_EQ(MergedCount(1, 16, 15, 1), 0) << "two blocks apart, two together";
  EXPECT_EQ(MergedCount(1, 4, 8 * 16 + 8, 1), 0) << "17 instead of 18 blocks";
}

TEST(MergeSiblingConvolutions, AnyGeometryThatDiffersKeepsThemApart) {
  for (const std::string_view difference :
       {"{activation=relu}", "{strides=[2,1]}", "{padding=[0,0,1,0]}", "{padding=same}", "{dilations=[2,1]}"}) {
    SCOPED_TRACE(difference);
    ExpectUnchanged(MergeSiblingConvolutions, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2} : f32[1,1,2,1]
    %2 = conv2d "a" (%0, %1)
    %3 = conv2d "b" (%0, %1) )" + std::string(difference) +
                                                  R"(
    %4 = relu "ra" (%2)
    %5 = relu "rb" (%3)
    output "a" = %4
    output "b" = %5
  )");
  }
}

TEST(MergeSiblingConvolutions, DifferentInputsKeepThemApart) {
  ExpectUnchanged(MergeSiblingConvolutions, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = relu "other" (%0)
    %2 = const "w" {1, 2} : f32[1,1,2,1]
    %3 = conv2d "a" (%0, %2)
    %4 = conv2d "b" (%1, %2)
    %5 = add "sum" (%3, %4)
    %6 = relu "end" (%5)
    output "out" = %6
  )");
}

TEST(MergeSiblingConvolutions, LeavesWhatWouldHaveToBeCopied) {
  // Straight into a Concat or an output: each writes to its own place already.
  ExpectUnchanged(MergeSiblingConvolutions, R"(
    %0 = input "image" : f32[1,3,4,2]
    %1 = const "w" {1, 2} : f32[1,1,2,1]
    %2 = conv2d "a" (%0, %1)
    %3 = conv2d "b" (%0, %1)
    %4 = concat "both" (%2, %0, %3) {axis=3}
    %5 = conv2d "c" (%0, %1)
    %6 = conv2d "d" (%0, %1)
    output "both" = %4
    output "c" = %5
    output "d" = %6
  )");
}

TEST(MergeSiblingConvolutions, MergesThoseOfThreeThatMayBe) {
  ExpectRewrite(MergeSiblingConvolutions, R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {1} : f32[1,1,1,1]
    %2 = const "v" {2} : f32[1,1,1,1]
    %3 = conv2d "a" (%0, %1)
    %4 = conv2d "b" (%0, %1)
    %5 = conv2d "c" (%0, %2)
    %6 = add "sum" (%3, %5)
    output "sum" = %6
    output "b" = %4
  )",
                R"(
    %0 = input "image" : f32[1,3,4,1]
    %1 = const "w" {1} : f32[1,1,1,1]
    %2 = const "a+c/kernel" {1, 2} : f32[1,1,1,2]
    %3 = conv2d "a+c" (%0, %2)
    %4 = slice_channels "a" (%3) {count=1}
    %5 = conv2d "b" (%0, %1)
    %6 = slice_channels "c" (%3) {offset=1, count=1}
    %7 = add "sum" (%4, %6)
    output "sum" = %7
    output "b" = %5
  )",
                2);
}

}  // namespace
}  // namespace sinew::passes
