// Layouts, lanes, memory and checks, without a device.
#include "backends/cuda/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::cuda {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> g_floats(1 << 20, 0.5f);
Floats Some(int count) { return Floats(g_floats).first(static_cast<size_t>(count)); }

ValueId AddConv(Network* network, ValueId in, int channels, int size = 1) {
  const Shape from = network->values[static_cast<size_t>(in)];
  Conv conv{.window = {.kernel_h = size, .kernel_w = size, .pad_top = size / 2, .pad_left = size / 2}};
  conv.kernel = Some(size * size * from.channels * channels);
  conv.bias = Some(channels);
  return network->Append("conv" + std::to_string(network->operations.size()), conv, {in},
                         {from.height, from.width, channels});
}

Network WithInput(Shape shape) {
  Network network;
  network.values = {shape};
  return network;
}

TEST(LayoutTest, PadsEverySegment) {
  const Layout layout = {{3, 0}, {8, 8}};
  EXPECT_EQ(StoredChannels(layout), 16);
  EXPECT_THAT(ChannelMap(layout), ElementsAre(0, 1, 2, -1, -1, -1, -1, -1, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST(LayoutTest, WeightsHaveZerosAtPadding) {
  Conv conv{.window = {}};
  const std::vector<float> kernel = {1, 2, 3, 4, 5, 6};  // [C=3][K=2]
  conv.kernel = kernel;
  const std::vector<float> stored = StoredKernel(conv, {{1, 0}, {2, 8}}, DenseLayout(2));
  ASSERT_EQ(stored.size(), 8u * 16u);
  EXPECT_EQ(stored[0], 1);       // k 0, c 0
  EXPECT_EQ(stored[8], 3);       // k 0, c 1
  EXPECT_EQ(stored[9], 5);       // k 0, c 2
  EXPECT_EQ(stored[16 + 8], 4);  // k 1, c 1
  EXPECT_EQ(std::count(stored.begin(), stored.end(), 0.0f), 8 * 16 - 6);
}

TEST(PlanTest, ConcatenationIsAPlaceAndNotACopy) {
  Network network = WithInput({4, 4, 8});
  const ValueId a = AddConv(&network, 0, 38), b = AddConv(&network, 0, 19);
  const ValueId both = network.Append("concat", Concat{}, {a, b}, {4, 4, 57});
  network.outputs = {{"out", AddConv(&network, both, 16)}};
  ASSERT_TRUE(network.Check().ok()) << network.Check().message();
  const Plan plan = MakePlan(network, {}).value();
  int copies = 0;
  for (const Step& step : plan.steps) {
    copies += step.kind == StepKind::kCopy;
    if (step.kind == StepKind::kConv && step.inputs[0].channels == 64) {
      EXPECT_EQ(step.problem.in_c, 40 + 24);
    }
  }
  EXPECT_EQ(copies, 2);  // the input's conversion and the output's
}

TEST(PlanTest, BranchesAreOnLanesOfTheirOwnAndCountAsAlike) {
  Network network = WithInput({4, 4, 8});
  const ValueId trunk = AddConv(&network, 0, 16);
  ValueId a = trunk, b = trunk;
  for (int i = 0; i < 3; ++i) a = AddConv(&network, a, 16, 3);
  for (int i = 0; i < 3; ++i) b = AddConv(&network, b, 16, 3);
  network.outputs = {{"out", network.Append("concat", Concat{}, {a, b}, {4, 4, 32})}};
  const Plan plan = MakePlan(network, {}).value();
  EXPECT_EQ(plan.lanes, 2);
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::kConv && step.problem.window.kernel_h == 3) {
      EXPECT_EQ(step.alike, 2) << step.name;
    }
  }
  // The last of a branch writes into the concatenation: its problem is another.
  const Plan alone = MakePlan(network, {.max_lanes = 1}).value();
  EXPECT_EQ(alone.lanes, 1);
  for (const Step& step : alone.steps) {
    EXPECT_TRUE(step.waits.empty());
    EXPECT_EQ(step.kind == StepKind::kConv ? step.alike : 1, 1);
  }
}

TEST(PlanTest, AChainNeedsTwoBuffers) {
  Network network = WithInput({16, 16, 8});
  ValueId x = 0;
  for (int i = 0; i < 10; ++i) x = AddConv(&network, x, 8);
  network.outputs = {{"out", x}};
  const Plan plan = MakePlan(network, {.precision = Precision::kFp32}).value();
  const size_t one = 16 * 16 * 8 * 4;
  EXPECT_EQ(plan.arena_bytes, 2 * one);
  EXPECT_EQ(plan.arena_bytes_without_reuse, 11 * one);
}

TEST(PlanTest, OptionsAreChecked) {
  Network network = WithInput({4, 4, 8});
  network.outputs = {{"out", 0}};
  EXPECT_THAT(MakePlan(network, {.batch = 0}).status().message(), HasSubstr("a batch of 0"));
  EXPECT_THAT(MakePlan(network, {.max_lanes = 0}).status().message(), HasSubstr("0 lanes"));
}

TEST(NetworkTest, ErrorsNameTheOperation) {
  const auto message = [](const auto& build) {
    Network network = WithInput({4, 4, 8});
    build(&network);
    if (network.outputs.empty()) network.outputs = {{"out", static_cast<ValueId>(network.values.size()) - 1}};
    return network.Check().message();
  };
  EXPECT_THAT(message([](Network* n) { n->outputs = {{"out", 7}}; }), HasSubstr("output \"out\" is value 7"));
  EXPECT_THAT(message([](Network* n) { n->values[0].height = 0; }), HasSubstr("is 0x4x8"));
  EXPECT_THAT(message([](Network* n) { n->values[0] = {1 << 16, 1 << 16, 8}; }), HasSubstr("a picture to"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("c", Conv{.bias = Some(16)}, {0}, {4, 4, 16});
              }),
              HasSubstr("operation \"c\" (conv): its kernel has 0 values, needs 128"));
  EXPECT_THAT(message([](Network* n) { n->Append("c", Conv{.groups = 3}, {0}, {4, 4, 16}); }), HasSubstr("3 groups"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("c", Conv{.window = {.stride_h = 0}}, {0}, {4, 4, 16});
              }),
              HasSubstr("stride"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("c", Conv{.window = {.stride_h = 9}}, {0}, {4, 4, 16});
              }),
              HasSubstr("outside its input"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("d", Depthwise{.kernel = Some(8), .bias = Some(8)}, {0}, {4, 4, 9});
              }),
              HasSubstr("8 channels"));
  EXPECT_THAT(message([](Network* n) { n->Append("a", Add{}, {0}, {4, 4, 8}); }), HasSubstr("it has 1 inputs"));
  EXPECT_THAT(message([](Network* n) { n->Append("a", Add{}, {0, 0}, {4, 4, 9}); }), HasSubstr("must be equal"));
  EXPECT_THAT(message([](Network* n) { n->Append("a", Add{}, {0, 1}, {4, 4, 8}); }), HasSubstr("reads value 1"));
  EXPECT_THAT(message([](Network* n) { n->Append("s", Slice{4}, {0}, {4, 4, 8}); }), HasSubstr("channels 4 to 12"));
  EXPECT_THAT(message([](Network* n) { n->Append("p", Pad{1, 1}, {0}, {4, 4, 8}); }), HasSubstr("does not fit"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("k", Concat{}, {0, 0}, {4, 4, 15});
              }),
              HasSubstr("16 channels together"));
  EXPECT_THAT(message([](Network* n) {
                n->Append("m", Normalize{.epsilon = NAN}, {0}, {4, 4, 8});
              }),
              HasSubstr("epsilon"));
}

}  // namespace
}  // namespace sinew::cuda
