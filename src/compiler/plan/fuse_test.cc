// What is fused, and what is left alone: shared results, other windows, pictures too small to pay, backends that
// cannot.
#include "compiler/plan/fuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backends/device.h"
#include "base/error.h"
#include "compiler/ir/text.h"

namespace sinew::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Names of the nodes that run inside others' steps.
std::vector<std::string> Absorbed(std::string_view text, const PlanOptions& options = {.max_layer_error = 1e-4}) {
  const Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  std::vector<std::string> names;
  if (!graph.ok()) return names;
  const Chooser chooser(options);
  const Fusions fusions = DecideFusions(*graph, chooser);
  for (ir::NodeId id = 0; id < graph->size(); ++id) {
    if (fusions.IsAbsorbed(id)) names.push_back(graph->node(id).name);
  }
  return names;
}

constexpr std::string_view kSeparable = R"(
    %0 = input "image" : f32[1,24,24,16]
    %1 = const "wd" {seeded 1} : f32[3,3,16,1]
    %2 = depthwise_conv2d "depthwise" (%0, %1) {padding=same}
    %3 = const "wp" {seeded 2} : f32[1,1,16,32]
    %4 = conv2d "pointwise" (%2, %3)
)";

TEST(FuseTest, DepthwiseRunsInsideItsOnlyReader) {
  EXPECT_THAT(Absorbed(std::string(kSeparable) + "output \"out\" = %4"), ElementsAre("depthwise"));
  // Its result is an output as well.
  EXPECT_THAT(Absorbed(std::string(kSeparable) + "output \"out\" = %4\noutput \"between\" = %2"), IsEmpty());
}

TEST(FuseTest, OnlyPointwiseConvolutionsTakeADepthwise) {
  const auto with_second = [](std::string_view kernel, std::string_view attributes) {
    return Absorbed(fmt::format(R"(
    %0 = input "image" : f32[1,24,24,16]
    %1 = const "wd" {{seeded 1}} : f32[3,3,16,1]
    %2 = depthwise_conv2d "depthwise" (%0, %1) {{padding=same}}
    %3 = const "w" {{seeded 2}} : f32[{}]
    %4 = conv2d "second" (%2, %3) {{{}}}
    output "out" = %4
  )",
                                kernel, attributes));
  };
  EXPECT_THAT(with_second("1,1,16,32", "padding=same"), ElementsAre("depthwise"));
  EXPECT_THAT(with_second("3,3,16,32", "padding=same"), IsEmpty());
  EXPECT_THAT(with_second("1,1,16,32", "strides=[2,2]"), IsEmpty());
}

TEST(FuseTest, ADevicePlanFusesNothing) {
  EXPECT_THAT(Absorbed(std::string(kSeparable) + "output \"out\" = %4", {.backend = &backends::CudaBackend()}),
              IsEmpty());
}

// The beginning of a VGG.
std::string Vgg(int side, std::string_view pool, std::string_view more_outputs = "") {
  return fmt::format(R"(
    %0 = input "image" : f32[1,{0},{0},3]
    %1 = const "w1" {{seeded 1}} : f32[3,3,3,64]
    %2 = conv2d "conv1" (%0, %1) {{padding=same, activation=relu}}
    %3 = const "w2" {{seeded 3}} : f32[3,3,64,64]
    %4 = conv2d "conv2" (%2, %3) {{padding=same, activation=relu}}
    %5 = max_pool "pool" (%4) {{{1}}}
    output "out" = %5
    {2}
  )",
                     side, pool, more_outputs);
}
constexpr std::string_view kHalving = "window=[2,2], strides=[2,2], padding=same";

TEST(FuseTest, LargePicturesAreNotWrittenBetweenConvolutionsAndPools) {
  EXPECT_THAT(Absorbed(Vgg(368, kHalving)), ElementsAre("conv1", "conv2"));
}

TEST(FuseTest, WhatOthersReadStaysApart) {
  EXPECT_THAT(Absorbed(Vgg(368, kHalving, "output \"second\" = %4")), ElementsAre("conv1"));
  EXPECT_THAT(Absorbed(Vgg(368, kHalving, "output \"first\" = %2")), ElementsAre("conv2"));
}

TEST(FuseTest, OtherPoolsAreNotFused) {
  EXPECT_THAT(Absorbed(Vgg(368, "window=[3,3], strides=[2,2], padding=same")), ElementsAre("conv1"));
  EXPECT_THAT(Absorbed(Vgg(368, "window=[2,2], strides=[1,1], padding=same")), ElementsAre("conv1"));
}

// An exact plan has no algorithm that does both in one.
TEST(FuseTest, TheLimitOfErrorDecides) {
  EXPECT_THAT(Absorbed(Vgg(368, kHalving), {.max_layer_error = 0}), IsEmpty());
  EXPECT_THAT(Absorbed(Vgg(368, kHalving), {.backend = &backends::CudaBackend()}), IsEmpty());
}

}  // namespace
}  // namespace sinew::plan
