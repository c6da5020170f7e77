// Layers of a plan made by hand.
#include "plan_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace sinew::bench {
namespace {

using ::testing::ElementsAre;

std::unique_ptr<program::StepT> Step(program::StepKind kind, const char* name, const program::Slice& in,
                                     const program::Slice& out, const program::Window& window) {
  auto step = std::make_unique<program::StepT>();
  step->kind = kind;
  step->name = name;
  step->inputs = {in};
  step->output = std::make_unique<program::Slice>(out);
  step->window = std::make_unique<program::Window>(window);
  return step;
}

program::Slice Picture(uint32_t height, uint32_t width, uint32_t channels) {
  return {0, height, width, channels, channels};
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
    plan.steps.push_back(Step(program::StepKind::Conv, name, Picture(8, 9, 4), Picture(8, 9, 5), k3x3));
  }
  plan.steps.push_back(Step(program::StepKind::Add, "sum", Picture(8, 9, 5), Picture(8, 9, 5), k3x3));
  plan.steps.push_back(
      Step(program::StepKind::Pool, "pool", Picture(8, 9, 5), Picture(4, 4, 5), {2, 2, 2, 2, 1, 1, 0, 0}));
  plan.steps.push_back(Step(program::StepKind::Conv, "third", Picture(8, 9, 4), Picture(8, 9, 5), k3x3));
  plan.steps.back()->activation = program::Activation::Relu;
  EXPECT_THAT(Texts(plan),
              ElementsAre("first_one x2 8x9x4 | conv 3x3 pad 1,1 8x9x5", "pool x1 8x9x5 | pool 2x2 stride 2x2 4x4x5",
                          "third x1 8x9x4 | conv 3x3 pad 1,1 relu 8x9x5"));
}

TEST(LayersFromPlan, TakesFusedStepsApart) {
  program::PlanT plan;
  auto pair = Step(program::StepKind::ConvPair, "pair", Picture(8, 8, 3), Picture(4, 4, 6), k3x3);
  pair->unpooled = std::make_unique<program::Size>(8, 8);
  pair->first = std::make_unique<program::FirstConvT>();
  pair->first->window = std::make_unique<program::Window>(k3x3);
  pair->first->output = std::make_unique<program::Size>(8, 8);
  pair->first->channels = 5;
  plan.steps.push_back(std::move(pair));
  plan.steps.push_back(
      Step(program::StepKind::Separable, "separable", Picture(4, 4, 6), Picture(2, 2, 7), {3, 3, 2, 2, 1, 1, 0, 0}));
  plan.steps.back()->depthwise_activation = program::Activation::Relu6;
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
