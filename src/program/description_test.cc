// Descriptions survive an artifact, and nonsense in one is refused.
#include "program/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace sinew::program {
namespace {

using ::testing::HasSubstr;

// Nothing in it is a default.
ModelDescription Tool() {
  ModelDescription tool;
  tool.skeleton.name = "tool";
  tool.skeleton.keypoints = {{.name = "tip", .color = {1, 2, 3}, .oks_sigma = 0.5, .mirror = 1, .coco = 3},
                             {.name = "hilt", .color = {4, 5, 6}, .oks_sigma = 0.25, .mirror = 0, .coco = 9}};
  tool.skeleton.limbs = {{.from = 1, .to = 0, .field_x = 3, .field_y = 2, .in_tree = true}};
  tool.input = {.channel_order = sinew::ChannelOrder::kRgb,
                .mean = {1, 2, 3},
                .scale = {0.5f, 0.25f, 2},
                .padding = {7, 8, 9},
                .side_multiple = 32,
                .side_offset = 1};
  tool.heads.heat_maps = {.output = 1, .first = 1, .count = 2};
  tool.heads.background = 0;
  tool.heads.fields = {.output = 0, .first = 2, .count = 4};
  tool.heads.stride = 4;
  tool.heads.first_cell = -0.5f;
  tool.heads.downsampling = sinew::Downsampling::kSameConvolution;
  return tool;
}

Status Unpacked(const std::function<void(DescriptionT&)>& change) {
  const auto packed = PackDescription(Tool());
  change(*packed);
  return UnpackDescription(*packed).status();
}

TEST(DescriptionTest, RoundTrip) {
  for (const ModelDescription& description :
       {Tool(), TfPoseDescription(), TfPoseDescription(sinew::Downsampling::kFixed)}) {
    const Result<ModelDescription> again = UnpackDescription(*PackDescription(description));
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(*again, description);
  }
}

TEST(DescriptionTest, NonsenseIsRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::pair<std::function<void(DescriptionT&)>, const char*> cases[] = {
      {[](DescriptionT& d) { d.skeleton->name = "a\x1b[31mb"; }, "a name may have"},
      {[](DescriptionT& d) { d.skeleton->keypoints[0]->name = "line\nbreak"; }, "a name may have"},
      {[](DescriptionT& d) { d.skeleton->keypoints.clear(); }, "0 keypoints"},
      {[](DescriptionT& d) { d.skeleton->keypoints[0]->mirror = 7; }, "its mirror is 7"},
      {[](DescriptionT& d) { d.skeleton->keypoints[0]->coco = 17; }, "coco is 17"},
      {[](DescriptionT& d) { d.skeleton->keypoints[0]->oks_sigma = std::numeric_limits<double>::infinity(); },
       "oks_sigma"},
      {[](DescriptionT& d) { d.skeleton->limbs[0] = Limb(0, 2, 0, 1, true); }, "joins keypoint 2"},
      {[](DescriptionT& d) { d.skeleton->limbs[0] = Limb(0, 1, 0, 4, true); }, "channel 4"},
      {[](DescriptionT& d) { d.skeleton->limbs.assign(1025, Limb(0, 1, 0, 1, true)); }, "1025 limbs"},
      {[](DescriptionT& d) { d.input->channel_order = static_cast<ChannelOrder>(2); }, "order of channels 2"},
      {[&](DescriptionT& d) { *d.input->mean = PerChannel(0, nan, 0); }, "mean"},
      {[&](DescriptionT& d) { *d.input->scale = PerChannel(1, 1, nan); }, "scale"},
      {[](DescriptionT& d) { *d.input->padding = PerChannel(256, 0, 0); }, "padding"},
      {[](DescriptionT& d) { d.input->side_multiple = 0; }, "side_multiple"},
      {[](DescriptionT& d) { d.heads->stride = 0; }, "stride is 0"},
      {[&](DescriptionT& d) { d.heads->first_cell = nan; }, "first_cell"},
      {[](DescriptionT& d) { d.heads->downsampling = static_cast<Downsampling>(9); }, "downsampling 9"},
      {[](DescriptionT& d) { *d.heads->heat_maps = ChannelRange(0, std::numeric_limits<int>::max(), 2); }, "heat_maps"},
      {[](DescriptionT& d) { *d.heads->fields = ChannelRange(-1, 2, 4); }, "fields"},
      {[](DescriptionT& d) { d.decoder = static_cast<Decoder>(200); }, "decoder 200"},
  };
  EXPECT_TRUE(Unpacked([](DescriptionT&) {}).ok());
  for (const auto& [change, message] : cases) {
    const Status status = Unpacked(change);
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << message;
    EXPECT_THAT(status.message(), HasSubstr(message));
  }
}

TEST(DescriptionTest, OutputsMustBeThere) {
  PlanT plan;
  plan.input = std::make_unique<Slice>(0, 33, 64, 3, 3, DataType::F32);
  const auto add_output = [&](uint32_t height, uint32_t width, uint32_t channels) {
    plan.outputs.push_back(std::make_unique<OutputT>());
    plan.outputs.back()->slice = std::make_unique<Slice>(0, height, width, channels, channels, DataType::F32);
  };
  add_output(9, 16, 6);
  EXPECT_THAT(CheckOutputs(Tool(), plan).message(), HasSubstr("output 1, the model has 1"));
  add_output(9, 16, 3);
  EXPECT_TRUE(CheckOutputs(Tool(), plan).ok()) << CheckOutputs(Tool(), plan).message();
  *plan.outputs[1]->slice = Slice(0, 9, 16, 2, 2, DataType::F32);
  EXPECT_THAT(CheckOutputs(Tool(), plan).message(), HasSubstr("channels 1 to 2 of output 1, which has 2"));
  *plan.outputs[1]->slice = Slice(0, 8, 16, 3, 3, DataType::F32);
  EXPECT_THAT(CheckOutputs(Tool(), plan).message(), HasSubstr("16x8"));
}

}  // namespace
}  // namespace sinew::program
