// Each operation on small inputs, worked out by hand.
#include "reference/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text.h"

namespace sinew::reference {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// Runs a graph of one output on a picture of the given shape and values.
Array RunGraph(std::string_view text, Array input) {
  const Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  const auto outputs = Execute(*graph, input);
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  return outputs->at(0);
}

Array Picture(int64_t h, int64_t w, int64_t c, std::vector<double> values) { return {{1, h, w, c}, std::move(values)}; }
Array Counting(int64_t h, int64_t w, int64_t c) {
  Array array = Picture(h, w, c, std::vector<double>(static_cast<size_t>(h * w * c)));
  for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = static_cast<double>(i + 1);
  return array;
}

TEST(Reference, ConvolutionWithBiasAndActivation) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,2,2,2]
    %1 = const "w" {1, 10, 2, 20} : f32[1,1,2,2]
    %2 = const "b" {-20, 0} : f32[2]
    %3 = conv2d "c" (%0, %1, %2) {activation=relu}
    output "o" = %3)", Counting(2, 2, 2));
  EXPECT_THAT(out.shape, ElementsAre(1, 2, 2, 2));
  EXPECT_THAT(out.values, ElementsAre(0, 50, 0, 110, 0, 170, 3, 230));
}

TEST(Reference, SamePaddingPutsTheOddRowBelowAndRight) {
  // 4 wide, window 3, stride 2: one column of padding, at the right.
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,4,4,1]
    %1 = const "w" {splat 1} : f32[3,3,1,1]
    %2 = conv2d "c" (%0, %1) {padding=same, strides=[2,2]}
    output "o" = %2)", Counting(4, 4, 1));
  EXPECT_THAT(out.values, ElementsAre(54, 45, 72, 54));
}

TEST(Reference, DilationAndExplicitPadding) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,1,4,1]
    %1 = const "w" {1, 100} : f32[1,2,1,1]
    %2 = conv2d "c" (%0, %1) {dilations=[1,2], padding=[0,0,1,0]}
    output "o" = %2)", Counting(1, 4, 1));
  EXPECT_THAT(out.values, ElementsAre(200, 301, 402));
}

TEST(Reference, DepthwiseWithMultiplierTwo) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,1,1,2]
    %1 = const "w" {1, 2, 3, 4} : f32[1,1,2,2]
    %2 = depthwise_conv2d "d" (%0, %1)
    output "o" = %2)", Picture(1, 1, 2, {10, 100}));
  EXPECT_THAT(out.values, ElementsAre(10, 20, 300, 400));
}

TEST(Reference, LargeConvolutionsUseThreadsWithTheSameResult) {
  constexpr std::string_view kText = R"(
    %0 = input "x" : f32[1,64,64,32]
    %1 = const "w" {seeded 1} : f32[3,3,32,32]
    %2 = conv2d "c" (%0, %1) {padding=same}
    output "o" = %2)";
  const Array a = RunGraph(kText, Counting(64, 64, 32)), b = RunGraph(kText, Counting(64, 64, 32));
  EXPECT_EQ(a.values, b.values);
}

TEST(Reference, BatchNormUsesEachPicturesOwnStatistics) {
  const Array batch = {{2, 1, 2, 1}, {1, 3, 10, 30}};
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[2,1,2,1]
    %1 = const "gamma" {2} : f32[1]
    %2 = const "beta" {5} : f32[1]
    %3 = batch_norm "n" (%0, %1, %2)
    output "o" = %3)", batch);
  EXPECT_THAT(out.values, ElementsAre(3, 7, 3, 7));  // biased variance: 1 and 100
}

TEST(Reference, BatchNormWithGivenStatistics) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,1,2,1]
    %1 = const "gamma" {2} : f32[1]
    %2 = const "beta" {5} : f32[1]
    %3 = const "mean" {1} : f32[1]
    %4 = const "variance" {3} : f32[1]
    %5 = batch_norm "n" (%0, %1, %2, %3, %4) {epsilon=1, activation=relu6}
    output "o" = %5)", Picture(1, 2, 1, {-9, 1}));
  EXPECT_THAT(out.values, ElementsAre(0, 5));
}

TEST(Reference, PoolIgnoresPadding) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,1,3,1]
    %1 = max_pool "p" (%0) {window=[1,2], strides=[1,2], padding=same}
    output "o" = %1)", Picture(1, 3, 1, {-5, -7, -3}));
  EXPECT_THAT(out.values, ElementsAre(-5, -3));
}

TEST(Reference, ThreeKindsOfResize) {
  const auto resized = [](const std::string& attributes) {
    return RunGraph(R"(
      %0 = input "x" : f32[1,1,2,1]
      %1 = const "size" {1, 4} : i32[2]
      %2 = resize_bilinear "r" (%0, %1) )" + attributes + R"(
      output "o" = %2)", Picture(1, 2, 1, {0, 12})).values;
  };
  EXPECT_THAT(resized(""), ElementsAre(0, 6, 12, 12));
  EXPECT_THAT(resized("{align_corners=true}"), ElementsAre(0, 4, 8, 12));
  EXPECT_THAT(resized("{half_pixel_centers=true}"), ElementsAre(0, 3, 9, 12));
}

TEST(Reference, ArithmeticBroadcasts) {
  const Array out = RunGraph(R"(
    %0 = input "x" : f32[1,2,1,2]
    %1 = const "row" {10, 20} : f32[2]
    %2 = const "column" {1, 2, 4} : f32[3,1]
    %3 = mul "m" (%0, %2)
    %4 = sub "s" (%3, %1)
    %5 = div "d" (%4, %1)
    output "o" = %5)", Counting(2, 1, 2));
  EXPECT_THAT(out.shape, ElementsAre(1, 2, 3, 2));
  EXPECT_THAT(out.values, ElementsAreArray({-0.9, -0.9, -0.8, -0.8, -0.6, -0.6, -0.7, -0.8, -0.4, -0.6, 0.2, -0.2}));
}

TEST(Reference, ShapeOperations) {
  const auto last = [](const std::string& lines) {
    return RunGraph(R"(
      %0 = input "x" : f32[1,2,2,1]
      %1 = const "pads" {0, 0, 1, 0, 0, 1, 0, 0} : i32[4,2]
      %2 = const "two" {2} : i32[1]
      %3 = const "zero" {0} : i32[1]
      %4 = const "minus" {-1} : i32[1]
      %5 = const "new" {4, -1} : i32[2]
      )" + lines + "\n output \"o\" = %9", Counting(2, 2, 1));
  };
  EXPECT_THAT(last("%9 = pad \"n\" (%0, %1)").values, ElementsAre(0, 0, 0, 1, 2, 0, 3, 4, 0));
  EXPECT_THAT(last("%9 = concat \"n\" (%0, %0) {axis=2}").values, ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(last("%9 = pack \"n\" (%2, %3) {axis=1}").values, ElementsAre(2, 0));
  EXPECT_THAT(last("%9 = reshape \"n\" (%0, %5)").shape, ElementsAre(4, 1));
  EXPECT_THAT(last("%9 = squeeze \"n\" (%0)").shape, ElementsAre(2, 2));
  EXPECT_THAT(last("%9 = shape \"n\" (%0)").values, ElementsAre(1, 2, 2, 1));
  EXPECT_THAT(last("%8 = shape \"s\" (%0)\n%9 = strided_slice \"n\" (%8, %3, %3, %4) {begin_mask=1, end_mask=1}").values, ElementsAre(1, 2, 2, 1));
  EXPECT_THAT(last("%9 = slice_channels \"n\" (%0) {count=1}").values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(last("%8 = cast \"f\" (%2) {dtype=f32}\n%9 = mul \"n\" (%0, %8)").values, ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(last("%8 = const \"c\" {0.25} : f32[1]\n%7 = mul \"m\" (%0, %8)\n%9 = cast \"n\" (%7) {dtype=i32}").values, ElementsAre(0, 0, 0, 1));
}

TEST(Reference, EveryValueIsObservedAndMisfitsAreNamed) {
  const ir::Graph graph = ir::ParseGraph("%0 = input \"x\" : f32[1,?,?,1]\n%1 = relu \"r\" (%0)\n%2 = relu6 \"s\" (%1)\noutput \"o\" = %2").value();
  std::vector<std::string> seen;
  ASSERT_TRUE(Execute(graph, Counting(1, 1, 1), [&](ir::NodeId id, const Array&) { seen.push_back(graph.node(id).name); }).ok());
  EXPECT_THAT(seen, ElementsAre("x", "r", "s"));

  const ir::Graph conv = ir::ParseGraph("%0 = input \"x\" : f32[1,?,?,?]\n%1 = const \"w\" {splat 1} : f32[1,1,4,1]\n%2 = conv2d \"c\" (%0, %1)\noutput \"o\" = %2").value();
  EXPECT_THAT(Execute(conv, Counting(1, 1, 3)).status().message(), HasSubstr("node \"c\": kernel [1,1,4,1] does not fit input [1,1,1,3]"));
}

}  // namespace
}  // namespace sinew::reference
