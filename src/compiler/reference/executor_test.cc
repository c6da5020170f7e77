// The walk over a graph: order, observation, release of values, and what it refuses.
#include "compiler/reference/executor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/reference/reference_test_util.h"

namespace sinew::reference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::Graph Parsed(std::string_view text) { return ir::ParseGraph(text).value(); }

TEST(Execute, ObservesEveryValueInOrder) {
  const ir::Graph graph = Parsed(R"(
    %0 = input "x" : f32[1,?,?,1]
    %1 = relu "r" (%0)
    %2 = relu6 "s" (%1)
    output "o" = %2)");
  std::vector<std::string> seen;
  const auto observe = [&](ir::NodeId id, const Array& value) {
    seen.push_back(fmt::format("{} {}", graph.node(id).name, value.values.at(0)));
  };
  ASSERT_TRUE(Execute(graph, Picture(1, 1, 1, {9}), observe).ok());
  EXPECT_THAT(seen, ElementsAre("x 9", "r 9", "s 6"));
}

TEST(Execute, ReturnsOutputsInOrderHoweverOftenTheyAreRead) {
  const ir::Graph graph = Parsed(R"(
    %0 = input "x" : f32[1,1,1,1]
    %1 = add "early" (%0, %0)
    %2 = relu "unread" (%1)
    %3 = add "sum" (%1, %0)
    %4 = mul "late" (%3, %3)
    output "late" = %4
    output "early" = %1
    output "input" = %0
    output "again" = %4)");
  const std::vector<Array> outputs = Execute(graph, Picture(1, 1, 1, {2})).value();
  ASSERT_EQ(outputs.size(), 4u);
  EXPECT_THAT(outputs[0].values, ElementsAre(36));
  EXPECT_THAT(outputs[1].values, ElementsAre(4));
  EXPECT_THAT(outputs[2].values, ElementsAre(2));
  EXPECT_THAT(outputs[3].values, ElementsAre(36));
}

TEST(Execute, ComputesSizesOfAGraphThatIsNotBound) {
  // Resizes one map to the size of another, as networks with a head do.
  const ir::Graph graph = Parsed(R"(
    %0 = input "x" : f32[?,?,?,1]
    %1 = max_pool "p" (%0) {window=[2,2], strides=[2,2]}
    %2 = shape "s" (%0)
    %3 = const "one" {1} : i32[1]
    %4 = const "three" {3} : i32[1]
    %5 = strided_slice "hw" (%2, %3, %4, %3)
    %6 = resize_bilinear "r" (%1, %5)
    output "o" = %6)");
  for (const int64_t batch : {1, 3}) {
    const Array out = Execute(graph, Counting({batch, 4, 2, 1})).value()[0];
    EXPECT_THAT(out.shape, ElementsAre(batch, 4, 2, 1));
    EXPECT_THAT(std::vector<double>(out.values.begin(), out.values.begin() + 8), ElementsAre(4, 4, 6, 6, 8, 8, 8, 8));
  }
}

TEST(Execute, NamesTheNodeThatDoesNotFit) {
  const ir::Graph graph = Parsed(R"(
    %0 = input "x" : f32[1,?,?,?]
    %1 = const "w" {splat 1} : f32[1,1,4,1]
    %2 = conv2d "c" (%0, %1)
    output "o" = %2)");
  const Status status = Execute(graph, Counting(1, 1, 3)).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "node \"c\": kernel [1,1,4,1] does not fit input [1,1,1,3]");
}

TEST(Execute, RefusesAnInputThatContradictsItself) {
  const ir::Graph graph = Parsed("%0 = input \"x\" : f32[?,?,?,1]\n output \"o\" = %0");
  EXPECT_THAT(Execute(graph, {{1, 2, 2, 1}, {1, 2, 3}}).status().message(),
              HasSubstr("the network's input: has 3 values for shape [1,2,2,1]"));
  EXPECT_THAT(Execute(graph, {{1, -2, -2, 1}, {1, 2, 3, 4}}).status().message(), HasSubstr("dimensions must be 0 to"));
}

TEST(ExecuteNode, ChecksNumberAndShapeOfInputs) {
  EXPECT_EQ(ExecutionError(ir::OpKind::kRelu, {}), "node \"n\": relu has 0 inputs, needs 1");
  EXPECT_EQ(ExecutionError(ir::OpKind::kConv2d, {Vector({1})}), "node \"n\": conv2d has 1 inputs, needs 2 or more");
  EXPECT_EQ(ExecutionError(ir::OpKind::kRelu, {{{3}, {1, 2}}}), "node \"n\": input 0: has 2 values for shape [3]");
  EXPECT_EQ(ExecutionError(ir::OpKind::kConst, {}), "node \"n\": has no value");
}

TEST(FromTensor, TakesFloatsAndIntegers) {
  const Array floats = FromTensor(ir::Tensor::Floats({2, 1}, {0.5f, -1}));
  EXPECT_THAT(floats.shape, ElementsAre(2, 1));
  EXPECT_THAT(floats.values, ElementsAre(0.5, -1));
  EXPECT_THAT(FromTensor(ir::Tensor::Ints({2}, {int64_t{1} << 40, -7})).values, ElementsAre(1099511627776.0, -7));
}

}  // namespace
}  // namespace sinew::reference
