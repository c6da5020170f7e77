// Layers of a plan made by hand.
#include "plan_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace sinew::bench {
namespace {

using ::testing::ElementsAre;

template <class What>
std::unique_ptr<program::StepT> Step(What what, const char* name, const program::Slice& in, const program::Slice& out) {
  auto step = std::make_unique<program::StepT>();
  step->name = name;
  step->inputs = {in};
  step->output = std::make_unique<program::Slice>(out);
  step->what.Set(std::move(what));
  return step;
}

template <class What>
What Windowed(const program::Window& window) {
  What what;
  what.window = std::make_unique<program::Window>(window);
  return what;
}

program::Slice Picture(uint32_t height, uint32_t width, uint32_t channels) {
  return {0, height, width, channels, channels, program::DataType::F32};
}

std::vector<std::string> Texts(const program::PlanT& plan) {
  std::vector<std::string> texts;
  for (const Layer& layer : LayersFromPlan(plan)) texts.push_back(ToText(layer));
  return texts;
}

const program::Window k3x3(3, 3, 1, 1, 1, 1, 1, 1);

TEST(LayersFromPlan, CountsEqualLayers) {
  program::PlanT plan;
  for (const char* name : {"first one", "second"}) {
    plan.steps.push_back(Step(Windowed<program::ConvStepT>(k3x3), name, Picture(8, 9, 4), Picture(8, 9, 5)));
  }
  plan.steps.push_back(Step(program::AddStepT(), "sum", Picture(8, 9, 5), Picture(8, 9, 5)));
  plan.steps.push_back(
      Step(Windowed<program::PoolStepT>({2, 2, 2, 2, 1, 1, 0, 0}), "pool", Picture(8, 9, 5), Picture(4, 4, 5)));
  auto third = Windowed<program::ConvStepT>(k3x3);
  third.activation = program::Activation::Relu;
  plan.steps.push_back(Step(std::move(third), "third", Picture(8, 9, 4), Picture(8, 9, 5)));
  EXPECT_THAT(Texts(plan),
              ElementsAre("first_one x2 8x9x4 | conv 3x3 pad 1,1 8x9x5", "pool x1 8x9x5 | pool 2x2 stride 2x2 4x4x5",
                          "third x1 8x9x4 | conv 3x3 pad 1,1 relu 8x9x5"));
}

TEST(LayersFromPlan, TakesFusedStepsApart) {
  program::PlanT plan;
  auto pair = Windowed<program::ConvPairStepT>(k3x3);
  pair.unpooled = std::make_unique<program::Size>(8, 8);
  pair.first_window = std::make_unique<program::Window>(k3x3);
  pair.between = std::make_unique<program::Size>(8, 8);
  pair.between_channels = 5;
  plan.steps.push_back(Step(std::move(pair), "pair", Picture(8, 8, 3), Picture(4, 4, 6)));
  auto separable = Windowed<program::SeparableStepT>({3, 3, 2, 2, 1, 1, 0, 0});
  separable.depthwise_activation = program::Activation::Relu6;
  plan.steps.push_back(Step(std::move(separable), "separable", Picture(4, 4, 6), Picture(2, 2, 7)));
  EXPECT_THAT(Texts(plan),
              ElementsAre("pair x1 8x8x3 | conv 3x3 pad 1,1 8x8x5 | conv 3x3 pad 1,1 8x8x6 | pool 2x2 stride 2x2 4x4x6",
                          "pair:1-2 x1 8x8x3 | conv 3x3 pad 1,1 8x8x5 | conv 3x3 pad 1,1 8x8x6",
                          "pair:2-3 x1 8x8x5 | conv 3x3 pad 1,1 8x8x6 | pool 2x2 stride 2x2 4x4x6",
                          "pair:1 x1 8x8x3 | conv 3x3 pad 1,1 8x8x5", "pair:2 x1 8x8x5 | conv 3x3 pad 1,1 8x8x6",
                          "pair:3 x1 8x8x6 | pool 2x2 stride 2x2 4x4x6",
                          "separable x1 4x4x6 | depthwise 3x3 stride 2x2 relu6 2x2x6 | conv 1x1 2x2x7",
                          "separable:1 x1 4x4x6 | depthwise 3x3 stride 2x2 relu6 2x2x6",
                          "separable:2 x1 2x2x6 | conv 1x1 2x2x7"));
}

}  // namespace
}  // namespace sinew::bench
