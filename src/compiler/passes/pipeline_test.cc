// Tests of the pipeline: every pass in its place on one small network, its options, and real models where they are.
#include "compiler/passes/pipeline.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/ir/text.h"
#include "compiler/passes/pass_test_util.h"

namespace sinew::passes {
namespace {

using testing::HasSubstr;

// Something for every pass; see the comments.
constexpr char kNetwork[] = R"(
    %0 = input "image" : f32[1,8,12,2]
    %1 = identity "read" (%0)                                             # remove-identities
    %2 = const "scale" {0.5} : f32[]
    %3 = mul "preprocess" (%1, %2)                                        # fold-input-scale
    %4 = const "pads" {0, 0, 1, 1, 1, 1, 0, 0} : i32[4,2]
    %5 = const "w1" {seeded 1} : f32[3,3,2,4]
    %6 = pad "pad" (%3, %4)                                               # fuse-padding
    %7 = conv2d "conv1" (%6, %5) {strides=[2,2], padding=valid}
    %8 = const "gamma" {1, 2, 3, 4} : f32[4]
    %9 = const "beta" {0.5, -0.5, 0.25, 0} : f32[4]
    %10 = const "two" {2} : f32[]
    %11 = mul "variance" (%8, %10)                                        # fold-constants
    %12 = batch_norm "norm1" (%7, %8, %9, %9, %11) {epsilon=0.001}        # fold-batch-norm
    %13 = relu "relu1" (%12)                                              # fuse-activation
    %14 = const "d" {seeded 2} : f32[1,1,4,1]
    %15 = depthwise_conv2d "dw" (%13, %14) {padding=same}                 # fold-depthwise-1x1
    %16 = const "w2" {seeded 3} : f32[1,1,4,4]
    %17 = conv2d "conv2" (%15, %16) {padding=same}
    %18 = const "b2" {1, 2, 3, 4} : f32[4]
    %19 = add "bias2" (%17, %18)                                          # fuse-bias
    %20 = batch_norm "norm2" (%19, %8, %9) {epsilon=0.001}                # stays
    %21 = relu6 "relu2" (%20)                                             # fuse-activation
    %22 = const "w3" {seeded 4} : f32[1,1,4,3]
    %23 = conv2d "left" (%21, %22) {padding=same}                         # merge-sibling-convolutions
    %24 = const "w4" {seeded 5} : f32[1,1,4,3]
    %25 = conv2d "right" (%21, %24) {padding=same}
    %26 = add "sum" (%23, %25)
    %27 = shape "shape" (%0)                                              # fold-constants
    %28 = const "one" {1} : i32[1]
    %29 = const "three" {3} : i32[1]
    %30 = strided_slice "size" (%27, %28, %29, %28)
    %31 = resize_bilinear "up" (%26, %30)
    %32 = relu "branch" (%0)                                              # interleave-branches
    %33 = concat "maps" (%31, %3, %32) {axis=3}
    %34 = relu "unused" (%33)                                             # eliminate-dead-code
    %35 = const "w5" {seeded 6} : f32[1,1,2,4]
    %36 = conv2d "wide" (%0, %35)
    %37 = depth_to_space "blocks" (%36) {block=2}
    %38 = relu "pixels" (%37)                                             # hoist-above-depth-to-space
    output "maps" = %33
    output "pixels" = %38
)";

TEST(Pipeline, EveryPassFindsItsWork) {
  // %3 is read by the concat as well, so its scale cannot go; without that reader it does.
  std::string text = kNetwork;
  text.replace(text.find("(%31, %3,"), 9, "(%31, %0,");
  const ir::Graph graph = MustParse(text);
  const Result<PipelineResult> result = RunPipeline(graph);
  ASSERT_TRUE(result.ok()) << result.status().message();
  for (const PassReport& report : result->reports) {
    EXPECT_GT(report.changes, 0) << report.name;
    EXPECT_FALSE(report.skipped);
  }
  EXPECT_EQ(result->reports.size(), Pipeline().size());
  EXPECT_EQ(result->reports.back().nodes_after, result->graph.size());
  ExpectSameResults(graph, result->graph);

  std::vector<std::string> operations;
  for (const ir::Node& node : result->graph.nodes()) {
    if (node.op != ir::OpKind::kConst) operations.push_back(std::string(ir::OpInfoFor(node.op).name) + " " + node.name);
  }
  EXPECT_THAT(operations, testing::UnorderedElementsAre("input image", "conv2d conv1", "relu branch", "conv2d conv2",
                                                        "batch_norm norm2", "conv2d left+right", "slice_channels left",
                                                        "slice_channels right", "add sum", "resize_bilinear up",
                                                        "concat maps", "conv2d wide", "depth_to_space pixels"));
}

TEST(Pipeline, RunningItAgainChangesNothing) {
  const Result<PipelineResult> once = RunPipeline(MustParse(kNetwork));
  ASSERT_TRUE(once.ok()) << once.status().message();
  ExpectSameResults(MustParse(kNetwork), once->graph);
  const Result<PipelineResult> twice = RunPipeline(once->graph);
  ASSERT_TRUE(twice.ok()) << twice.status().message();
  for (const PassReport& report : twice->reports) EXPECT_EQ(report.changes, 0) << report.name;
  EXPECT_EQ(ir::PrintGraph(twice->graph), ir::PrintGraph(once->graph));
}

TEST(Pipeline, AnyPassMayBeSkipped) {
  const ir::Graph graph = MustParse(kNetwork);
  for (const Pass& pass : Pipeline()) {
    SCOPED_TRACE(pass.name);
    const Result<PipelineResult> result = RunPipeline(graph, {.skip = {std::string(pass.name)}, .observe = {}});
    ASSERT_TRUE(result.ok()) << result.status().message();
    for (const PassReport& report : result->reports) EXPECT_EQ(report.skipped, report.name == pass.name);
    ExpectSameResults(graph, result->graph);
  }
}

TEST(Pipeline, AnUnknownPassToSkipIsAnErrorThatListsTheKnown) {
  const Result<PipelineResult> result = RunPipeline(MustParse(kNetwork), {.skip = {"fold-batchnorm"}, .observe = {}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(result.status().message(), HasSubstr("\"fold-batchnorm\""));
  for (const Pass& pass : Pipeline()) EXPECT_THAT(result.status().message(), HasSubstr(std::string(pass.name)));
}

TEST(Pipeline, ObserverSeesTheGraphBeforeAndAfterEachPass) {
  std::vector<std::string> seen;
  const auto observe = [&](int index, std::string_view pass, const ir::Graph& graph) {
    seen.push_back(fmt::format("{} {}", index, pass));
    EXPECT_GT(graph.size(), 0);
    return Status();
  };
  const Result<PipelineResult> result =
      RunPipeline(MustParse(kNetwork), {.skip = {"fold-constants"}, .observe = observe});
  ASSERT_TRUE(result.ok()) << result.status().message();
  ASSERT_EQ(seen.size(), Pipeline().size());  // one skipped, one for the graph as given
  EXPECT_EQ(seen[0], "0 ");
  EXPECT_EQ(seen[1], "1 eliminate-dead-code");
  EXPECT_EQ(seen[2], "3 remove-identities");
}

TEST(Pipeline, AFailureOfTheObserverEndsTheRun) {
  const auto observe = [](int index, std::string_view, const ir::Graph&) {
    return index == 2 ? Status(StatusCode::kIo, "disk full") : Status();
  };
  const Result<PipelineResult> result = RunPipeline(MustParse(kNetwork), {.skip = {}, .observe = observe});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().message(), "disk full");
}

TEST(Pipeline, NeedsABoundInput) {
  const Result<PipelineResult> result = RunPipeline(MustParse(R"(
    %0 = input "image" : f32[1,?,?,3]
    output "out" = %0
  )"));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.status().message(), HasSubstr("input \"image\" has shape [1,?,?,3]"));
}

TEST(Pipeline, AnyResolutionLeavesWhatDependsOnIt) {
  std::string text = kNetwork;
  text.replace(text.find("f32[1,8,12,2]"), 13, "f32[1,?,?,2]");
  PipelineOptions options;
  options.any_resolution = true;
  const Result<PipelineResult> result = RunPipeline(MustParse(text), options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  const auto bound = ir::BindInput(result->graph, 1, 8, 12);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  ExpectSameResults(MustParse(kNetwork), *bound);
  std::vector<std::string_view> operations;
  for (const ir::Node& node : result->graph.nodes()) operations.push_back(ir::OpInfoFor(node.op).name);
  EXPECT_THAT(operations, testing::Contains("strided_slice")) << "the size of the resize";
  EXPECT_THAT(operations, testing::Not(testing::Contains("pad"))) << "in numbers, so the convolution takes it";
}

}  // namespace
}  // namespace sinew::passes
