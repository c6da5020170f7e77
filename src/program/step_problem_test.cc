// Steps that contradict themselves are refused, with what is wrong; others become the problem that they state.
#include "program/step_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <variant>

#include "program/program.h"

namespace sinew::program {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Window> MakeWindow(uint32_t kernel, uint32_t stride, uint32_t pad) {
  return std::make_unique<Window>(kernel, kernel, stride, stride, 1, 1, pad, pad);
}

Slice Picture(uint32_t height, uint32_t width, uint32_t channels) {
  return Slice(0, height, width, channels, channels, DataType::F32);
}

template <class What>
StepT MakeStep(What what, const Slice& in, const Slice& out) {
  StepT step;
  step.name = "step";
  step.algorithm = "any";
  step.what.Set(std::move(what));
  step.inputs = {in};
  step.output = std::make_unique<Slice>(out);
  return step;
}

StepT Conv() {
  ConvStepT conv;
  conv.window = std::make_unique<Window>(3, 5, 2, 1, 1, 2, 1, 4);
  conv.activation = Activation::Relu6;
  return MakeStep(std::move(conv), Picture(9, 11, 4), Picture(5, 11, 6));
}
StepT PooledConv() {
  ConvStepT conv;
  conv.window = MakeWindow(3, 1, 1);
  conv.unpooled = std::make_unique<Size>(9, 11);
  return MakeStep(std::move(conv), Picture(9, 11, 4), Picture(4, 6, 6));
}
StepT Pair() {
  ConvPairStepT pair;
  pair.first_window = MakeWindow(3, 1, 1);
  pair.first_activation = Activation::Relu;
  pair.between = std::make_unique<Size>(8, 7);
  pair.between_channels = 5;
  pair.window = MakeWindow(3, 1, 1);
  return MakeStep(std::move(pair), Picture(8, 7, 3), Picture(8, 7, 6));
}
StepT Separable() {
  SeparableStepT separable;
  separable.window = MakeWindow(3, 2, 1);
  separable.depthwise_activation = Activation::Relu;
  return MakeStep(std::move(separable), Picture(8, 8, 5), Picture(4, 4, 9));
}
StepT Depthwise() {
  DepthwiseStepT depthwise;
  depthwise.window = MakeWindow(3, 1, 1);
  return MakeStep(std::move(depthwise), Picture(8, 8, 5), Picture(8, 8, 5));
}
StepT Pool() {
  PoolStepT pool;
  pool.window = MakeWindow(2, 2, 0);
  return MakeStep(std::move(pool), Picture(8, 8, 5), Picture(4, 4, 5));
}
StepT Add() {
  StepT step = MakeStep(AddStepT(), Picture(8, 8, 5), Picture(8, 8, 5));
  step.inputs.push_back(Picture(8, 8, 5));
  return step;
}
StepT Normalize() { return MakeStep(NormalizeStepT(), Picture(8, 8, 5), Picture(8, 8, 5)); }
StepT ScaleShift() { return MakeStep(ScaleShiftStepT(), Picture(8, 8, 5), Picture(8, 8, 5)); }
StepT Prelu() { return MakeStep(PreluStepT(), Picture(8, 8, 5), Picture(8, 8, 5)); }
StepT Resize() { return MakeStep(ResizeStepT(), Picture(8, 8, 5), Picture(3, 9, 5)); }
StepT Map() {
  MapStepT map;
  map.function = Function::Elu;
  map.alpha = 1;
  return MakeStep(std::move(map), Picture(8, 8, 5), Picture(8, 8, 5));
}
StepT Combine() {
  StepT step = MakeStep(CombineStepT(), Picture(8, 8, 5), Picture(8, 8, 5));
  step.inputs.push_back(Picture(1, 8, 1));
  return step;
}
StepT AveragePool() {
  AveragePoolStepT pool;
  pool.window = MakeWindow(2, 2, 0);
  return MakeStep(std::move(pool), Picture(8, 8, 5), Picture(4, 4, 5));
}
StepT ResizeNearest() { return MakeStep(ResizeNearestStepT(), Picture(8, 8, 5), Picture(3, 9, 5)); }
StepT DepthToSpace() {
  DepthToSpaceStepT blocks;
  blocks.block = 2;
  return MakeStep(std::move(blocks), Picture(4, 5, 8), Picture(8, 9, 2));
}
StepT Softmax() { return MakeStep(SoftmaxStepT(), Picture(8, 8, 5), Picture(8, 8, 5)); }
StepT Copy() {
  CopyStepT copy;
  copy.top = 1;
  copy.left = 2;
  return MakeStep(std::move(copy), Picture(8, 8, 5), Picture(10, 10, 5));
}

TEST(StepProblemTest, EveryFieldArrives) {
  const Result<kernels::Problem> problem = MakeProblem(Conv());
  ASSERT_TRUE(problem.ok()) << problem.status().message();
  const kernels::ConvProblem& p = std::get<kernels::ConvProblem>(*problem);
  EXPECT_EQ(p.in_h, 9);
  EXPECT_EQ(p.in_w, 11);
  EXPECT_EQ(p.in_c, 4);
  EXPECT_EQ(p.out_h, 5);
  EXPECT_EQ(p.out_w, 11);
  EXPECT_EQ(p.out_k, 6);
  EXPECT_EQ(p.kernel_h, 3);
  EXPECT_EQ(p.kernel_w, 5);
  EXPECT_EQ(p.stride_h, 2);
  EXPECT_EQ(p.stride_w, 1);
  EXPECT_EQ(p.dilation_h, 1);
  EXPECT_EQ(p.dilation_w, 2);
  EXPECT_EQ(p.pad_top, 1);
  EXPECT_EQ(p.pad_left, 4);
  EXPECT_EQ(p.activation, kernels::Activation::kRelu6);
  EXPECT_FALSE(p.max_pool);
}

TEST(StepProblemTest, FusedStepsHaveThePictureBetween) {
  const Result<kernels::Problem> pooled = MakeProblem(PooledConv());
  ASSERT_TRUE(pooled.ok()) << pooled.status().message();
  EXPECT_TRUE(std::get<kernels::ConvProblem>(*pooled).max_pool);
  EXPECT_EQ(std::get<kernels::ConvProblem>(*pooled).out_h, 9);
  EXPECT_EQ(std::get<kernels::ConvProblem>(*pooled).out_w, 11);

  const Result<kernels::Problem> pair = MakeProblem(Pair());
  ASSERT_TRUE(pair.ok()) << pair.status().message();
  const auto& [first, second] = std::get<kernels::ConvPairProblem>(*pair);
  EXPECT_EQ(first.out_k, 5);
  EXPECT_EQ(first.activation, kernels::Activation::kRelu);
  EXPECT_EQ(second.in_h, 8);
  EXPECT_EQ(second.in_c, 5);
  EXPECT_EQ(second.out_k, 6);

  const Result<kernels::Problem> separable = MakeProblem(Separable());
  ASSERT_TRUE(separable.ok()) << separable.status().message();
  EXPECT_EQ(std::get<kernels::SeparableProblem>(*separable).depthwise.channels, 5);
  EXPECT_EQ(std::get<kernels::SeparableProblem>(*separable).depthwise.out_h, 4);
  EXPECT_EQ(std::get<kernels::SeparableProblem>(*separable).out_k, 9);
}

TEST(StepProblemTest, EveryKindHasAProblem) {
  for (const StepT& step :
       {Conv(), PooledConv(), Pair(), Separable(), Depthwise(), Pool(), Add(), Normalize(), ScaleShift(), Prelu(),
        Resize(), Copy(), Map(), Combine(), AveragePool(), ResizeNearest(), DepthToSpace(), Softmax()}) {
    EXPECT_TRUE(MakeProblem(step).ok()) << KindName(step) << ": " << MakeProblem(step).status().message();
  }
}

TEST(StepProblemTest, ContradictionsAreRefused) {
  struct Case {
    StepT (*make)();
    std::function<void(StepT&)> change;
    const char* message;
  };
  const auto set_output = [](const Slice& slice) { return [slice](StepT& s) { *s.output = slice; }; };
  const Case cases[] = {
      {Conv, [](StepT& s) { s.inputs.clear(); }, "0 inputs, needs 1"},
      {Conv, [](StepT& s) { s.what.Reset(); }, "unknown kind"},
      {Add, [](StepT& s) { s.inputs.pop_back(); }, "1 inputs, needs 2"},
      {Conv, [](StepT& s) { s.what.AsConv()->window = MakeWindow(0, 1, 0); }, "window is out of range"},
      {Conv, [](StepT& s) { s.what.AsConv()->window = MakeWindow(3, 0, 0); }, "window is out of range"},
      {Conv, [](StepT& s) { s.what.AsConv()->window = MakeWindow(2000, 1, 0); }, "window is out of range"},
      {Conv, [](StepT& s) { s.what.AsConv()->window = MakeWindow(3, 1, 2000); }, "padding that is out of range"},
      {Conv, [](StepT& s) { s.what.AsConv()->activation = static_cast<Activation>(9); }, "unknown activation"},
      {Conv, set_output(Picture(0, 11, 6)), "out of range"},
      {Conv, set_output(Picture(1 << 17, 11, 6)), "out of range"},
      {PooledConv, set_output(Picture(3, 6, 6)), "not half the picture"},
      {PooledConv, [](StepT& s) { s.what.AsConv()->unpooled = std::make_unique<Size>(0, 0); }, "out of range"},
      {Pair, [](StepT& s) { s.what.AsConvPair()->between = std::make_unique<Size>(8, 0); }, "out of range"},
      {Pair, [](StepT& s) { s.what.AsConvPair()->between_channels = ~0u; }, "out of range"},
      {Pair, [](StepT& s) { s.what.AsConvPair()->first_window = MakeWindow(0, 1, 0); }, "window is out of range"},
      {Depthwise, set_output(Picture(8, 8, 6)), "differ in channels"},
      {Separable, [](StepT& s) { s.what.AsSeparable()->depthwise_activation = static_cast<Activation>(3); },
       "unknown activation"},
      {Pool, set_output(Picture(4, 4, 6)), "differ in channels"},
      {Pool, set_output(Picture(5, 4, 5)), "does not fit"},
      {Pool, [](StepT& s) { s.what.AsPool()->window = MakeWindow(2, 2, 2); }, "does not fit"},
      {Pool, [](StepT& s) { s.what.AsPool()->window = std::make_unique<Window>(2, 2, 2, 2, 2, 1, 0, 0); }, "dilated"},
      {Resize, set_output(Picture(3, 9, 4)), "differ in channels"},
      {Add, set_output(Picture(8, 7, 5)), "differ in shape"},
      {Add, [](StepT& s) { s.inputs[1] = Picture(8, 8, 4); }, "differ in shape"},
      {ScaleShift, set_output(Picture(8, 8, 4)), "differ in shape"},
      {Prelu, set_output(Picture(8, 8, 4)), "differ in shape"},
      {Normalize, set_output(Picture(7, 8, 5)), "differ in shape"},
      {Normalize, [](StepT& s) { s.what.AsNormalize()->epsilon = -1; }, "epsilon"},
      {Normalize, [](StepT& s) { s.what.AsNormalize()->epsilon = std::numeric_limits<float>::quiet_NaN(); }, "epsilon"},
      {Copy, [](StepT& s) { s.what.AsCopy()->top = 3; }, "does not fit"},
      {Copy, [](StepT& s) { s.what.AsCopy()->left = ~0u; }, "does not fit"},
      {Map, [](StepT& s) { s.what.AsMap()->function = Function::None; }, "unknown function 0"},
      {Map, [](StepT& s) { s.what.AsMap()->function = static_cast<Function>(99); }, "unknown function 99"},
      {Map, [](StepT& s) { s.what.AsMap()->alpha = std::numeric_limits<float>::infinity(); }, "parameters"},
      {Map, set_output(Picture(8, 8, 4)), "differ in shape"},
      {Combine, [](StepT& s) { s.inputs.pop_back(); }, "1 inputs, needs 2"},
      {Combine, [](StepT& s) { s.inputs[1] = Picture(8, 2, 5); }, "does not stretch"},
      {Combine, [](StepT& s) { s.what.AsCombine()->operation = static_cast<Operation>(4); }, "unknown operation"},
      {Combine, [](StepT& s) { s.what.AsCombine()->activation = static_cast<Activation>(9); }, "unknown activation"},
      {AveragePool, set_output(Picture(5, 4, 5)), "does not fit"},
      {ResizeNearest, set_output(Picture(3, 9, 4)), "differ in channels"},
      {ResizeNearest, [](StepT& s) { s.what.AsResizeNearest()->rounding = static_cast<Rounding>(4); }, "rounding"},
      {DepthToSpace, [](StepT& s) { s.what.AsDepthToSpace()->block = 0; }, "do not make its output"},
      {DepthToSpace, [](StepT& s) { s.what.AsDepthToSpace()->block = 3; }, "do not make its output"},
      {DepthToSpace, set_output(Picture(9, 9, 2)), "do not make its output"},
      {DepthToSpace, set_output(Picture(6, 9, 2)), "do not make its output"},
      {Softmax, set_output(Picture(8, 8, 4)), "differ in shape"},
  };
  for (const Case& c : cases) {
    StepT step = c.make();
    c.change(step);
    const Result<kernels::Problem> problem = MakeProblem(step);
    EXPECT_EQ(problem.status().code(), StatusCode::kCorrupt) << KindName(c.make()) << ": " << c.message;
    EXPECT_THAT(problem.status().message(), HasSubstr(c.message)) << KindName(c.make());
  }
}

}  // namespace
}  // namespace sinew::program
