// Nodes as a scale and a shift, and why others are not.
#include "compiler/ir/affine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "compiler/ir/text.h"

namespace sinew::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Affine> Make(const std::string& node) {
  const Result<Graph> graph = ParseGraph(R"(
    %0 = input "x" : f32[1,2,2,3]
    %1 = const "scalar" {splat 4} : f32[]
    %2 = const "vector" {1, 2, 4} : f32[3]
    %3 = const "rows" {seeded 1} : f32[2,3]
    %4 = const "zero" {0, 1, 1} : f32[3]
    %5 = const "variance" {3, 8, 15} : f32[3]
    %6 = )" + node + "\n    output \"out\" = %6\n");
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? MakeAffine(*graph, graph->node(graph->outputs()[0].node)) : graph.status();
}

TEST(AffineTest, ArithmeticWithAConstant) {
  EXPECT_THAT(Make("add \"y\" (%0, %2)")->scale, ElementsAre(1, 1, 1));
  EXPECT_THAT(Make("add \"y\" (%2, %0)")->shift, ElementsAre(1, 2, 4));
  EXPECT_THAT(Make("sub \"y\" (%0, %2)")->shift, ElementsAre(-1, -2, -4));
  EXPECT_THAT(Make("sub \"y\" (%2, %0)")->scale, ElementsAre(-1, -1, -1));
  EXPECT_THAT(Make("sub \"y\" (%2, %0)")->shift, ElementsAre(1, 2, 4));
  EXPECT_THAT(Make("mul \"y\" (%0, %1)")->scale, ElementsAre(4, 4, 4));
  EXPECT_THAT(Make("div \"y\" (%0, %2)")->scale, ElementsAre(1, 0.5, 0.25));
  EXPECT_THAT(Make("div \"y\" (%0, %2)")->shift, ElementsAre(0, 0, 0));
  EXPECT_EQ(Make("add \"y\" (%0, %2) {activation=relu}")->activation, Activation::kRelu);
}

TEST(AffineTest, BatchNormWithGivenStatistics) {
  const Result<Affine> affine = Make("batch_norm \"y\" (%0, %2, %2, %2, %5) {epsilon=1}");
  ASSERT_TRUE(affine.ok()) << affine.status().message();
  EXPECT_THAT(affine->scale, ElementsAre(0.5, 2.0 / 3, 1));
  EXPECT_THAT(affine->shift, ElementsAre(0.5, 2 - 4.0 / 3, 0));
}

TEST(AffineTest, OthersSayWhatIsInTheWay) {
  const std::pair<const char*, const char*> cases[] = {
      {"add \"y\" (%0, %0)", "of two pictures"},
      {"div \"y\" (%2, %0)", "divides a constant by a picture"},
      {"div \"y\" (%0, %4)", "divides by zero"},
      {"mul \"y\" (%0, %3)", "its constant has shape"},
      {"batch_norm \"y\" (%0, %2, %2) {epsilon=1}", "own statistics"},
      {"relu \"y\" (%0)", "is not a scale and a shift"},
  };
  for (const auto& [node, message] : cases) {
    const Status status = Make(node).status();
    EXPECT_EQ(status.code(), StatusCode::kUnsupported) << node;
    EXPECT_THAT(status.message(), HasSubstr(message)) << node;
  }
}

TEST(AffineTest, HostileChannelCountsAreNotAllocated) {
  const Tensor scalar = Tensor::Floats({}, {1.0f});
  EXPECT_FALSE(ChannelValues(scalar, int64_t{1} << 40));
  EXPECT_FALSE(ChannelValues(scalar, 0));
  EXPECT_THAT(*ChannelValues(scalar, 2), ElementsAre(1, 1));
}

}  // namespace
}  // namespace sinew::ir
