// Strides and offsets of cells, from the operations on the way to the output.
#include "compiler/describe_model.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "compiler/ir/text.h"

namespace sinew {
namespace {

std::optional<ModelDescription> Described(const std::string& text) {
  const Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? DescribeModel(*graph) : std::nullopt;
}

// Three reductions by two, each as given, then the 57 channels.
std::string Network(const std::string& reduce, int side = 96) {
  return fmt::format(R"(
    %0 = input "image" : f32[1,{0},{0},3]
    %1 = const "w" {{seeded 1}} : f32[3,3,3,3]
    %2 = {1}
    %3 = {2}
    %4 = {3}
    %5 = const "heads" {{seeded 2}} : f32[1,1,3,57]
    %6 = conv2d "maps" (%4, %5) {{padding=same}}
    output "out" = %6
  )",
                     side, fmt::format(fmt::runtime(reduce), "a", 0), fmt::format(fmt::runtime(reduce), "b", 2),
                     fmt::format(fmt::runtime(reduce), "c", 3));
}

TEST(DescribeModelTest, StridedConvolutionsShiftTheCells) {
  const auto description = Described(Network("conv2d \"{}\" (%{}, %1) {{strides=[2,2], padding=same}}"));
  ASSERT_TRUE(description);
  EXPECT_EQ(*description, TfPoseDescription(Downsampling::kSameConvolution));
  EXPECT_EQ(description->heads.FirstCell(97), -7);  // odd in all three steps
}

TEST(DescribeModelTest, PoolsDoNot) {
  const auto description =
      Described(Network("max_pool \"{}\" (%{}) {{window=[2,2], strides=[2,2], padding=same}}", 97));
  ASSERT_TRUE(description);
  EXPECT_EQ(*description, TfPoseDescription(Downsampling::kFixed));
  EXPECT_EQ(description->heads.FirstCell(97), 0);
}

// As PyTorch pads: a cell before the input at each step, whatever the size.
TEST(DescribeModelTest, ExplicitPaddingShiftsAtEverySize) {
  const auto description = Described(Network("conv2d \"{}\" (%{}, %1) {{strides=[2,2], padding=[1,1,1,1]}}"));
  ASSERT_TRUE(description);
  EXPECT_EQ(description->heads.downsampling, Downsampling::kFixed);
  EXPECT_EQ(description->heads.first_cell, -7);
  EXPECT_EQ(description->heads.stride, 8);
}

TEST(DescribeModelTest, UpsamplingMakesCellsSmaller) {
  const auto description = Described(R"(
    %0 = input "image" : f32[1,64,64,3]
    %1 = max_pool "a" (%0) {window=[2,2], strides=[2,2], padding=same}
    %2 = max_pool "b" (%1) {window=[2,2], strides=[2,2], padding=same}
    %3 = const "size" {32, 32} : i32[2]
    %4 = resize_bilinear "up" (%2, %3)
    %5 = const "heads" {seeded 2} : f32[1,1,3,57]
    %6 = conv2d "maps" (%4, %5) {padding=same}
    output "out" = %6
  )");
  ASSERT_TRUE(description);
  EXPECT_EQ(description->heads.stride, 2);
}

TEST(DescribeModelTest, OtherOutputsAreNotKnown) {
  EXPECT_FALSE(Described(R"(
    %0 = input "image" : f32[1,64,64,3]
    %1 = const "heads" {seeded 2} : f32[1,1,3,56]
    %2 = conv2d "maps" (%0, %1) {padding=same}
    output "out" = %2
  )"));
  // Cells that are not the same along both sides.
  EXPECT_FALSE(Described(R"(
    %0 = input "image" : f32[1,64,64,3]
    %1 = const "heads" {seeded 2} : f32[1,1,3,57]
    %2 = conv2d "maps" (%0, %1) {strides=[2,1], padding=same}
    output "out" = %2
  )"));
}

// Told by their names: forward and backward displacements have as many channels.
TEST(DescribeModelTest, PoseNetsHeads) {
  constexpr const char* kNetwork = R"(
    %0 = input "image" : f32[1,65,81,3]
    %1 = const "to_heat" {seeded 1} : f32[1,1,3,17]
    %2 = const "to_offsets" {seeded 2} : f32[1,1,3,34]
    %3 = const "to_displacements" {seeded 3} : f32[1,1,3,32]
    %4 = conv2d "net/displacement_bwd_2/BiasAdd" (%0, %3) {strides=[16,16], padding=same}
    %5 = conv2d "net/heatmap_2/BiasAdd" (%0, %1) {strides=[16,16], padding=same}
    %6 = conv2d "net/displacement_fwd_2/BiasAdd" (%0, %3) {strides=[16,16], padding=same}
    %7 = conv2d "net/offset_2/BiasAdd" (%0, %2) {strides=[16,16], padding=same}
    output "net/displacement_bwd_2/BiasAdd" = %4
    output "net/heatmap_2/BiasAdd" = %5
    output "net/displacement_fwd_2/BiasAdd" = %6
    output "net/offset_2/BiasAdd" = %7
  )";
  const auto description = Described(kNetwork);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->decoder, DecoderKind::kPoseNet);
  EXPECT_EQ(description->heads.heat_maps, (ChannelRange{1, 0, 17}));
  EXPECT_EQ(description->heads.offsets, (ChannelRange{3, 0, 34}));
  EXPECT_EQ(description->heads.forward_displacements, (ChannelRange{2, 0, 32}));
  EXPECT_EQ(description->heads.backward_displacements, (ChannelRange{0, 0, 32}));
  std::string unnamed = kNetwork;
  for (size_t at; (at = unnamed.find("displacement_bwd_2")) != std::string::npos;) unnamed.replace(at, 18, "another");
  EXPECT_FALSE(Described(unnamed.c_str()));
}

}  // namespace
}  // namespace sinew
