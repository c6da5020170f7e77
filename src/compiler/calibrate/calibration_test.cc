// Calibration: what is measured, and that evening out channels changes nothing but the balance.
#include "compiler/calibrate/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/calibrate/end_layers.h"
#include "compiler/ir/text.h"
#include "compiler/passes/pass_test_util.h"

namespace sinew {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kChain = R"(
    %0 = input "image" : f32[1,2,2,2]
    %1 = const "d" {4, 1} : f32[1,1,2,1]
    %2 = const "db" {8, 2} : f32[2]
    %3 = depthwise_conv2d "dw" (%0, %1, %2) {activation=relu}
    %4 = const "w" {1, 0.5, 2, 4} : f32[1,1,2,2]
    %5 = const "b" {5, 6} : f32[2]
    %6 = conv2d "pw" (%3, %4, %5)
    output "out" = %6
  )";

TEST(EqualizeChannelsTest, ScalesByPowersOfTwoBetweenConvolutions) {
  // sqrt(16 / 1) and sqrt(1 / 4) are 2^2 and 2^-1; about their mean, 2^2 and 2^-2.
  ChannelStatistics statistics;
  statistics.largest["dw"] = {16, 1};
  const ir::Graph graph = passes::MustParse(kChain);
  int changes = 0;
  const Result<ir::Graph> even = EqualizeChannels(graph, statistics, &changes);
  ASSERT_TRUE(even.ok()) << even.status().message();
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(ir::PrintGraph(*even), ir::PrintGraph(passes::MustParse(R"(
    %0 = input "image" : f32[1,2,2,2]
    %1 = const "d" {1, 4} : f32[1,1,2,1]
    %2 = const "db" {2, 8} : f32[2]
    %3 = depthwise_conv2d "dw" (%0, %1, %2) {activation=relu}
    %4 = const "b" {5, 6} : f32[2]
    %5 = const "w" {4, 2, 0.5, 1} : f32[1,1,2,2]
    %6 = conv2d "pw" (%3, %5, %4)
    output "out" = %6
  )")));
  passes::ExpectSameResults(graph, *even);
}

TEST(EqualizeChannelsTest, LeavesAloneWhatItWouldChange) {
  ChannelStatistics statistics;
  statistics.largest["dw"] = {16, 1};
  for (const char* activation : {"activation=relu6", "activation=relu"}) {
    std::string text = kChain;
    text.replace(text.find("activation=relu"), std::string("activation=relu").size(), activation);
    const bool is_relu = std::string(activation) == "activation=relu";
    // Somebody else who reads the channels.
    if (is_relu) text.replace(text.find("output"), 6, "output \"channels\" = %3\n    output");
    const Result<ir::Graph> graph = ir::ParseGraph(text);
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    int changes = -1;
    const Result<ir::Graph> even = EqualizeChannels(*graph, statistics, &changes);
    ASSERT_TRUE(even.ok()) << even.status().message();
    EXPECT_EQ(changes, 0) << activation;
    EXPECT_EQ(ir::PrintGraph(*even), ir::PrintGraph(*graph));
  }
}

TEST(MeasureChannelsTest, LooksAtEveryResultOfEveryPicture) {
  const Result<ir::Graph> graph = ir::ParseGraph(kChain);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  // Pixels of (1, -10) in the first picture and (3, 2) in the second.
  std::vector<float> pictures;
  for (int i = 0; i < 4; ++i) pictures.insert(pictures.end(), {1, -10});
  for (int i = 0; i < 4; ++i) pictures.insert(pictures.end(), {3, 2});
  const auto statistics = MeasureChannels(*graph, pictures, simd::SupportedTargets().back());
  ASSERT_TRUE(statistics.ok()) << statistics.status().message();
  const auto means = [&](ir::NodeId id) { return statistics->means.Find(*graph, id); };
  EXPECT_THAT(means(0), ElementsAre(DoubleNear(2, 1e-6), DoubleNear(-4, 1e-6)));
  // 4 x + 8 and max(x + 2, 0).
  EXPECT_THAT(means(3), ElementsAre(DoubleNear(16, 1e-5), DoubleNear(2, 1e-5)));
  EXPECT_THAT(statistics->largest.at("dw"), ElementsAre(DoubleNear(20, 1e-5), DoubleNear(4, 1e-5)));
  EXPECT_THAT(statistics->largest.at("image"), ElementsAre(3, 10));
  EXPECT_THAT(means(4), IsEmpty());
  EXPECT_THAT(MeasureChannels(*graph, std::vector<float>(9), simd::SupportedTargets().back()).status().message(),
              HasSubstr("9 floats of pictures to calibrate by are not a whole number of 8"));
}

TEST(EndLayersTest, AreThoseAtThePictureAndAtTheOutputs) {
  const Result<ir::Graph> graph = ir::ParseGraph(R"(
    %0 = input "image" : f32[1,8,8,3]
    %1 = const "w1" {splat 1} : f32[1,1,3,4]
    %2 = conv2d "first" (%0, %1)
    %3 = max_pool "pool" (%2) {window=[2,2], strides=[2,2]}
    %4 = const "w2" {splat 1} : f32[1,1,4,4]
    %5 = conv2d "inner" (%3, %4)
    %6 = conv2d "left" (%5, %4)
    %7 = conv2d "right" (%5, %4)
    %8 = concat "both" (%6, %7) {axis=3}
    output "out" = %8
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_THAT(EndLayers(*graph), UnorderedElementsAre("first", "pool", "both", "left", "right"));
}

}  // namespace
}  // namespace sinew
