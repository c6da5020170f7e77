// Tests of Rewriter: names, dropped nodes, and the limit on constants.
#include "compiler/passes/rewriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compiler/ir/text.h"
#include "compiler/passes/fold_batch_norm.h"
#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

TEST(Rewriter, ANodeTakesTheNameOfTheOneThatItReplaces) {
  const ir::Graph old = MustParse(R"(
    %0 = input "image" : f32[1,2,2,1]
    %1 = relu "a" (%0)
    %2 = relu6 "b" (%1)
    output "out" = %2
  )");
  int changes = 0;
  const Result<ir::Graph> result = RewriteNodes(old, &changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    if (rewriter.old().node(id).op != ir::OpKind::kRelu6) return false;
    ir::Node node = rewriter.Copy(id);
    node.inputs = {0};
    node.name = "a";  // the original "a" is there as well until nothing reads it
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, node).status());
    return true;
  });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(ir::PrintGraph(*result), ir::PrintGraph(MustParse(R"(
    %0 = input "image" : f32[1,2,2,1]
    %1 = relu6 "a" (%0)
    output "out" = %1
  )")));
}

TEST(Rewriter, NamesStayUniqueWhereBothSurvive) {
  const ir::Graph old = MustParse(R"(
    %0 = input "image" : f32[1,2,2,1]
    %1 = relu "a" (%0)
    %2 = relu6 "b" (%0)
    output "first" = %1
    output "second" = %2
  )");
  int changes = 0;
  const Result<ir::Graph> result = RewriteNodes(old, &changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    if (rewriter.old().node(id).op != ir::OpKind::kRelu6) return false;
    ir::Node node = rewriter.Copy(id);
    node.name = "a";
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, node).status());
    return true;
  });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->node(1).name, "a");
  EXPECT_EQ(result->node(2).name, "a_1");
}

TEST(Rewriter, SharedWeightsMayNotMultiplyWithoutLimit) {
  // 300 layers share a kernel of 1 MiB; folding a batch norm into each would make 300 MiB of it.
  std::string text = R"(
    %0 = input "image" : f32[1,1,1,512]
    %1 = const "w" {splat 0.5} : f32[1,1,512,512]
    %2 = const "s" {splat 2} : f32[512]
  )";
  constexpr int kLayers = 300;
  for (int i = 0; i < kLayers; ++i) {
    text += fmt::format("%{0} = conv2d \"c{2}\" (%0, %1)\n%{1} = batch_norm \"n{2}\" (%{0}, %2, %2, %2, %2)\n",
                        2 * i + 3, 2 * i + 4, i);
    text += fmt::format("output \"o{}\" = %{}\n", i, 2 * i + 4);
  }
  int changes = 0;
  const Result<ir::Graph> result = FoldBatchNorm(MustParse(text), &changes);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kTooLarge);
  EXPECT_THAT(result.status().message(), testing::HasSubstr("skip this pass"));
}

}  // namespace
}  // namespace sinew::passes
