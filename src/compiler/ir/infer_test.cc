// Type and shape inference of every operation, and the messages for what makes no sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/ir/text.h"

namespace sinew::ir {
namespace {

using ::testing::HasSubstr;

// Shape of the last node of a graph whose last line is `line`; %0 is a picture 1x9x12x4, %1.. constants by request.
constexpr std::string_view kHead = R"(
  %0 = input "x" : f32[1,9,12,4]
  %1 = const "k" {splat 1} : f32[3,3,4,6]
  %2 = const "d" {splat 1} : f32[3,3,4,2]
  %3 = const "b4" {splat 1} : f32[4]
  %4 = const "b6" {splat 1} : f32[6]
  %5 = const "size" {5, 7} : i32[2]
  %6 = const "pads" {0, 0, 1, 2, 3, 4, 0, 0} : i32[4,2]
  %7 = const "shape" {-1, 12} : i32[2]
  %8 = const "one" {1} : i32[1]
  %9 = const "three" {3} : i32[1]
)";

Result<Graph> Parse(std::string_view line) {
  return ParseGraph(std::string(kHead) + std::string(line) + "\noutput \"o\" = %10\n");
}

std::string InferredType(std::string_view line) {
  const Result<Graph> graph = Parse("%10 = " + std::string(line));
  if (!graph.ok()) return graph.status().message();
  const Node& node = graph->node(10);
  return std::string(DTypeName(node.dtype)) + ToString(node.shape);
}

TEST(InferTest, Convolutions) {
  EXPECT_EQ(InferredType("conv2d \"n\" (%0, %1)"), "f32[1,7,10,6]");
  EXPECT_EQ(InferredType("conv2d \"n\" (%0, %1, %4) {padding=same}"), "f32[1,9,12,6]");
  EXPECT_EQ(InferredType("conv2d \"n\" (%0, %1) {padding=same, strides=[2,2]}"), "f32[1,5,6,6]");
  EXPECT_EQ(InferredType("conv2d \"n\" (%0, %1) {padding=[1,0,0,2], dilations=[2,1]}"), "f32[1,6,12,6]");
  EXPECT_EQ(InferredType("depthwise_conv2d \"n\" (%0, %2) {padding=same}"), "f32[1,9,12,8]");
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %1, %3)"), HasSubstr("node \"n\": bias has 4 values, needs 6"));
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %3)"), HasSubstr("kernel has shape [4], needs 4 dimensions"));
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %1) {dilations=[9,1]}"),
              HasSubstr("a window of 19 does not fit an input of 9"));
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %1) {strides=[0,1]}"), HasSubstr("window value 0 is out of range"));
  EXPECT_THAT(InferredType("conv2d \"n\" (%0)"), HasSubstr("conv2d has 1 inputs, needs 2 to 3"));
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %5)"), HasSubstr("input 1 is i32, must be f32"));
}

TEST(InferTest, ChannelsMustAgree) {
  EXPECT_THAT(ParseGraph("%0 = input \"x\" : f32[1,8,8,3]\n%1 = const \"w\" {splat 1} : f32[1,1,4,2]\n%2 = conv2d "
                         "\"c\" (%0, %1)\noutput \"o\" = %2")
                  .status()
                  .message(),
              HasSubstr("line 3: node \"c\": kernel has 4 input channels, its input has 3"));
}

TEST(InferTest, PoolsNormsAndScales) {
  EXPECT_EQ(InferredType("max_pool \"n\" (%0) {window=[2,2], strides=[2,2]}"), "f32[1,4,6,4]");
  EXPECT_EQ(InferredType("max_pool \"n\" (%0) {window=[2,2], strides=[2,2], padding=same}"), "f32[1,5,6,4]");
  EXPECT_THAT(InferredType("max_pool \"n\" (%0) {window=[2,2], padding=[2,0,0,0]}"),
              HasSubstr("no smaller than its window"));
  // Windows that begin inside the picture count, those that begin in the padding below and to the right do not.
  EXPECT_EQ(InferredType("max_pool \"n\" (%0) {window=[2,2], strides=[2,2], padding=up[0,0,0,0]}"), "f32[1,5,6,4]");
  EXPECT_EQ(InferredType("max_pool \"n\" (%0) {window=[3,3], strides=[2,2], padding=up[0,0,0,0]}"), "f32[1,4,6,4]");
  EXPECT_EQ(InferredType("max_pool \"n\" (%0) {window=[2,2], strides=[3,3], padding=up[1,1,1,1]}"), "f32[1,4,5,4]");
  EXPECT_THAT(InferredType("conv2d \"n\" (%0, %1) {padding=up[0,0,0,0]}"), HasSubstr("that of pools alone can be"));
  EXPECT_EQ(InferredType("prelu \"n\" (%0, %3)"), "f32[1,9,12,4]");
  EXPECT_THAT(InferredType("prelu \"n\" (%0, %4)"), HasSubstr("slope has 6 values, needs 4"));
  EXPECT_EQ(InferredType("batch_norm \"n\" (%0, %3, %3) {epsilon=0.001}"), "f32[1,9,12,4]");
  EXPECT_THAT(InferredType("batch_norm \"n\" (%0, %3, %4)"), HasSubstr("beta has 6 values, needs 4"));
  EXPECT_THAT(InferredType("batch_norm \"n\" (%0, %3, %3, %3)"), HasSubstr("a mean but no variance"));
  EXPECT_THAT(InferredType("batch_norm \"n\" (%0, %3, %3) {epsilon=-1}"), HasSubstr("epsilon is -1"));
  EXPECT_EQ(InferredType("scale_shift \"n\" (%0, %3, %3) {activation=relu6}"), "f32[1,9,12,4]");
}

TEST(InferTest, Arithmetic) {
  EXPECT_EQ(InferredType("add \"n\" (%0, %3)"), "f32[1,9,12,4]");
  EXPECT_EQ(InferredType("mul \"n\" (%5, %8)"), "i32[2]");
  EXPECT_THAT(InferredType("sub \"n\" (%0, %4)"), HasSubstr("shapes [1,9,12,4] and [6] do not broadcast"));
  EXPECT_THAT(InferredType("add \"n\" (%0, %5)"), HasSubstr("its inputs are f32 and i32"));
  EXPECT_THAT(InferredType("div \"n\" (%5, %5)"), HasSubstr("divides i32"));
  EXPECT_EQ(InferredType("cast \"n\" (%0) {dtype=i32}"), "i32[1,9,12,4]");
}

TEST(InferTest, ShapesAndSizes) {
  EXPECT_EQ(InferredType("concat \"n\" (%0, %0) {axis=3}"), "f32[1,9,12,8]");
  EXPECT_THAT(InferredType("concat \"n\" (%0, %0) {axis=4}"), HasSubstr("axis is 4"));
  EXPECT_THAT(InferredType("concat \"n\" (%0, %3) {axis=0}"), HasSubstr("input 1 has type f32 and shape [4]"));
  EXPECT_EQ(InferredType("resize_bilinear \"n\" (%0, %5)"), "f32[1,5,7,4]");
  EXPECT_THAT(InferredType("resize_bilinear \"n\" (%0, %5) {align_corners=true, half_pixel_centers=true}"),
              HasSubstr("exclude one another"));
  EXPECT_EQ(InferredType("pad \"n\" (%0, %6)"), "f32[1,12,19,4]");
  EXPECT_EQ(InferredType("shape \"n\" (%0)"), "i32[4]");
  EXPECT_EQ(InferredType("reshape \"n\" (%0, %7)"), "f32[36,12]");
  EXPECT_THAT(InferredType("reshape \"n\" (%0, %5)"), HasSubstr("another number of elements"));
  EXPECT_EQ(InferredType("squeeze \"n\" (%0)"), "f32[9,12,4]");
  EXPECT_EQ(InferredType("squeeze \"n\" (%0) {axes=[-4]}"), "f32[9,12,4]");
  EXPECT_THAT(InferredType("squeeze \"n\" (%0) {axes=[1]}"), HasSubstr("only 1 can be squeezed"));
  EXPECT_EQ(InferredType("pack \"n\" (%5, %5, %5) {axis=1}"), "i32[2,3]");
  EXPECT_EQ(InferredType("slice_channels \"n\" (%0) {offset=1, count=3}"), "f32[1,9,12,3]");
  EXPECT_THAT(InferredType("slice_channels \"n\" (%0) {offset=2, count=3}"), HasSubstr("takes channels 2 to 4 of 4"));
}

TEST(InferTest, StridedSlices) {
  EXPECT_EQ(InferredType("strided_slice \"n\" (%5, %8, %9, %8)"), "i32[1]");
  EXPECT_EQ(InferredType("strided_slice \"n\" (%5, %8, %9, %8) {shrink_axis_mask=1}"), "i32[]");
  EXPECT_EQ(InferredType("strided_slice \"n\" (%5, %8, %9, %8) {begin_mask=1}"), "i32[2]");
  EXPECT_EQ(InferredType("strided_slice \"n\" (%0, %8, %9, %8) {end_mask=1, begin_mask=1}"), "f32[1,9,12,4]");
  EXPECT_EQ(InferredType("strided_slice \"n\" (%5, %8, %9, %8) {new_axis_mask=1}"), "i32[1,2]");
  EXPECT_EQ(InferredType("strided_slice \"n\" (%5, %8, %9, %8) {ellipsis_mask=1}"), "i32[2]");
  EXPECT_THAT(InferredType("strided_slice \"n\" (%5, %9, %9, %8) {shrink_axis_mask=1}"),
              HasSubstr("index 3 is out of range"));
  EXPECT_THAT(InferredType("strided_slice \"n\" (%5, %5, %9, %8)"), HasSubstr("have 2, 1 and 1 values"));
}

TEST(InferTest, UnknownSizesStayUnknownUntilTheInputIsBound) {
  const Graph graph = ParseGraph(R"(
    %0 = input "x" : f32[?,?,?,3]
    %1 = const "w" {splat 1} : f32[3,3,3,8]
    %2 = conv2d "c" (%0, %1) {padding=same, strides=[2,2]}
    %3 = shape "s" (%0)
    %4 = const "begin" {1} : i32[1]
    %5 = const "end" {3} : i32[1]
    %6 = const "step" {1} : i32[1]
    %7 = strided_slice "size" (%3, %4, %5, %6)
    %8 = resize_bilinear "r" (%2, %7)
    output "o" = %8
  )")
                          .value();
  EXPECT_EQ(graph.node(2).shape, (Shape{kUnknown, kUnknown, kUnknown, 8}));
  EXPECT_EQ(graph.node(8).shape, (Shape{kUnknown, kUnknown, kUnknown, 8}));
  const Graph bound = BindInput(graph, 2, 17, 30).value();
  EXPECT_EQ(bound.node(2).shape, (Shape{2, 9, 15, 8}));
  EXPECT_EQ(bound.node(8).shape, (Shape{2, 17, 30, 8}));
  EXPECT_EQ(ComputeCost(bound, 2).multiply_adds, 2 * 9 * 15 * 8 * 27);
  EXPECT_EQ(ComputeCost(bound, 2).parameters, 216);
  EXPECT_THAT(BindInput(bound, 1, 8, 8).status().message(), HasSubstr("cannot be bound to [1,8,8,3]"));
}

TEST(InferTest, AnInputOfAFixedSizeMayGetAnotherWhereNothingDependsOnIt) {
  const Graph graph = ParseGraph(R"(
    %0 = input "x" : f32[1,32,32,3]
    %1 = relu "y" (%0)
    output "y" = %1
  )")
                          .value();
  EXPECT_EQ(BindInput(graph, 1, 48, 64).value().node(1).shape, (Shape{1, 48, 64, 3}));
  EXPECT_THAT(BindInput(graph, 2, 32, 32).status().message(), HasSubstr("cannot be bound to [2,32,32,3]"));
}

TEST(InferTest, EnormousShapesAreRefused) {
  EXPECT_THAT(ParseGraph("%0 = input \"x\" : f32[1,2000000000,2000000000,3]").status().message(),
              HasSubstr("more than 4294967296 elements"));
  EXPECT_THAT(ParseGraph("%0 = input \"x\" : f32[1,1,1,1,1,1,1,1,1]").status().message(),
              HasSubstr("has 9 dimensions"));
  EXPECT_THAT(ParseGraph("%0 = input \"x\" : f32[1,99999999999,1,1]").status().message(),
              HasSubstr("dimensions must be"));
}

}  // namespace
}  // namespace sinew::ir
