// Which pictures lie in memory as bf16, and that results are the same bits as with all of them in f32.
#include "compiler/plan/tensor_types.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "compiler/ir/text.h"
#include "compiler/plan/planner.h"
#include "program/writer.h"
#include "runtime/executor.h"
#include "simd/target.h"

namespace sinew::plan {
namespace {

using program::DataType;

// What pose networks are made of: convolutions after one another, a pooling between them, branches that meet in
// concatenations with what they started from, twice, one operand of which has to be copied; and a resize, which
// computes in f32.
constexpr std::string_view kNetwork = R"(
    %0 = input "image" : f32[1,40,56,3]
    %1 = const "w1" {seeded 1} : f32[3,3,3,32]
    %2 = conv2d "first" (%0, %1) {padding=same, activation=relu}
    %3 = max_pool "pool" (%2) {window=[2,2], strides=[2,2], padding=same}
    %4 = const "w2" {seeded 2} : f32[3,3,32,64]
    %5 = conv2d "features" (%3, %4) {padding=same, activation=relu}
    %6 = const "w3" {seeded 3} : f32[1,1,64,38]
    %7 = conv2d "branch 1" (%5, %6)
    %8 = const "w4" {seeded 4} : f32[3,3,64,19]
    %9 = conv2d "branch 2" (%5, %8) {padding=same}
    %10 = concat "stage" (%7, %9, %5) {axis=3}
    %11 = const "w5" {seeded 5} : f32[7,7,121,32]
    %12 = conv2d "wide" (%10, %11) {padding=same, activation=relu}
    %13 = concat "twice" (%12, %12, %5) {axis=3}
    %14 = const "w6" {seeded 6} : f32[1,1,128,64]
    %15 = conv2d "mix" (%13, %14) {activation=relu6}
    %16 = const "w7" {seeded 7} : f32[1,1,64,64]
    %17 = conv2d "small" (%15, %16)
    %18 = const "size" {40, 56} : i32[2]
    %19 = resize_bilinear "up" (%17, %18)
    %20 = const "w8" {seeded 8} : f32[1,1,64,57]
    %21 = conv2d "out" (%19, %20)
    output "out" = %21
  )";

// bf16 without Winograd's algorithm, wherever the processor that is planned for has it.
PlanOptions Bf16Options(simd::Target target) {
  return {.target = simd::TargetName(target), .max_layer_error = 3e-3, .types = {DataType::F32, DataType::BF16}};
}

struct Planned {
  PlannedNetwork network;
  program::BlobPool pool;

  const program::StepT& step(std::string_view name) const {
    const auto it = std::ranges::find(network.plan.steps, name, [](const auto& step) { return step->name; });
    SINEW_CHECK(it != network.plan.steps.end());
    return **it;
  }
};

Result<Planned> PlanText(std::string_view text, const PlanOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const ir::Graph graph, ir::ParseGraph(text));
  PackedWeights weights;
  SINEW_ASSIGN_OR_RETURN(PlannedNetwork network, PlanNetwork(graph, options, &weights));
  return Planned{std::move(network), std::move(weights).TakePool()};
}

// Whether plans for matrix tiles can be made and run here, in software if need be.
bool HasTiles() { return simd::IsSupported(simd::Target::kAvx512); }

TEST(TensorTypesTest, PicturesBetweenProductsOfBf16AreStoredAsSuch) {
  if (!HasTiles()) GTEST_SKIP() << "this processor has no AVX-512";
  const Result<Planned> planned = PlanText(kNetwork, Bf16Options(simd::Target::kAmx));
  ASSERT_TRUE(planned.ok()) << planned.status().message();
  std::map<std::string, std::string> types;
  for (const auto& step : planned->network.plan.steps) {
    types[step->name] = fmt::format("{} {} to {}", step->algorithm, program::DataTypeName(step->inputs[0].type()),
                                    program::DataTypeName(step->output->type()));
  }
  const std::map<std::string, std::string> expected = {
      {"first", "bf16_direct f32 to bf16"},
      {"pool", "max bf16 to bf16"},
      {"features", "bf16_direct bf16 to bf16"},
      {"branch 1", "bf16_pointwise bf16 to bf16"},
      {"branch 2", "bf16_direct bf16 to bf16"},
      {"wide", "bf16_direct bf16 to bf16"},
      {"mix", "bf16_pointwise bf16 to bf16"},
      {"small", "bf16_pointwise bf16 to f32"},
      {"up", "bilinear f32 to f32"},
      {"out", "bf16_pointwise f32 to f32"},
  };
  for (const auto& [name, type] : expected) EXPECT_EQ(types[name], type) << name;
  for (const auto& [name, type] : types) {
    if (!expected.contains(name)) {
      EXPECT_EQ(type, "copy bf16 to bf16") << name;
    }
  }
  EXPECT_GE(planned->network.copies, 1);
  // Channels of one tensor, in elements of two bytes.
  const program::Slice &first = *planned->step("branch 1").output, &second = *planned->step("branch 2").output;
  EXPECT_EQ(first.pixel_stride(), 121u);
  EXPECT_EQ(second.offset() - first.offset(), 38u * 2);
}

TEST(TensorTypesTest, OneReaderInF32IsEnough) {
  if (!HasTiles()) GTEST_SKIP() << "this processor has no AVX-512";
  constexpr std::string_view kText = R"(
    %0 = input "image" : f32[1,40,56,32]
    %1 = const "w1" {seeded 1} : f32[3,3,32,32]
    %2 = conv2d "a" (%0, %1) {padding=same}
    %3 = conv2d "b" (%2, %1) {padding=same}
    %4 = conv2d "c" (%3, %1) {padding=same}
    %5 = add "sum" (%4, %2)
    output "out" = %5
  )";
  const Result<Planned> planned = PlanText(kText, Bf16Options(simd::Target::kAmx));
  ASSERT_TRUE(planned.ok()) << planned.status().message();
  EXPECT_EQ(planned->step("a").output->type(), DataType::F32);  // the sum reads it
  EXPECT_EQ(planned->step("b").output->type(), DataType::BF16);
  EXPECT_EQ(planned->step("c").output->type(), DataType::F32);
}

TEST(TensorTypesTest, OtherTypesThanBf16ReadF32) {
  if (!HasTiles()) GTEST_SKIP() << "this processor has no AVX-512";
  for (const DataType type : {DataType::F32, DataType::BF16Pair}) {
    PlanOptions options = Bf16Options(simd::Target::kAmx);
    options.types = {DataType::F32, type};
    const Result<Planned> planned = PlanText(kNetwork, options);
    ASSERT_TRUE(planned.ok()) << planned.status().message();
    for (const auto& step : planned->network.plan.steps) {
      EXPECT_EQ(step->inputs[0].type(), DataType::F32) << step->name;
      EXPECT_EQ(step->output->type(), DataType::F32) << step->name;
    }
  }
}

std::vector<float> Execute(const Planned& planned, simd::Target target, int threads) {
  const auto executor = runtime::Executor::Create(planned.network.plan, planned.pool.lookup(), target, threads);
  EXPECT_TRUE(executor.ok()) << executor.status().message();
  if (!executor.ok()) return {};
  std::mt19937_64 random(9);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& value : (*executor)->input()) value = uniform(random);
  EXPECT_TRUE((*executor)->Run({}).ok());
  const TensorView out = (*executor)->output(0);
  std::vector<float> values;
  for (size_t p = 0; p < static_cast<size_t>(out.height * out.width); ++p) {
    values.insert(values.end(), out.data + p * out.pixel_stride, out.data + p * out.pixel_stride + out.channels);
  }
  return values;
}

TEST(TensorTypesTest, ResultsAreTheSameBits) {
  int targets = 0;
  for (const simd::Target target : {simd::Target::kAvx512Bf16, simd::Target::kAmx}) {
    if (target == simd::Target::kAmx ? !HasTiles() : !simd::IsSupported(target)) continue;
    ++targets;
    PlanOptions options = Bf16Options(target);
    const Result<Planned> stored = PlanText(kNetwork, options);
    options.store_bf16 = false;
    const Result<Planned> in_f32 = PlanText(kNetwork, options);
    ASSERT_TRUE(stored.ok() && in_f32.ok());
    const auto is_bf16 = [](const auto& step) { return step->output->type() == DataType::BF16; };
    const auto& steps = stored->network.plan.steps;
    EXPECT_EQ(std::ranges::count_if(in_f32->network.plan.steps, is_bf16), 0);
    if (target == simd::Target::kAmx) {
      EXPECT_GE(std::ranges::count_if(steps, is_bf16), 7);
    }
    EXPECT_LE(stored->network.plan.arena_bytes, in_f32->network.plan.arena_bytes);
    const std::vector<float> expected = Execute(*in_f32, target, 1);
    ASSERT_FALSE(expected.empty());
    for (const int threads : {1, 3}) {
      const std::vector<float> actual = Execute(*stored, target, threads);
      ASSERT_EQ(actual.size(), expected.size());
      EXPECT_EQ(std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(float)), 0)
          << simd::TargetName(target) << ", " << threads << " threads";
    }
  }
  if (targets == 0) GTEST_SKIP() << "this processor has no AVX-512";
}

TEST(TensorTypesTest, StepsShowTheirOutputsAsFloats) {
  if (!HasTiles()) GTEST_SKIP() << "this processor has no AVX-512";
  PlanOptions options = Bf16Options(simd::Target::kAmx);
  const Result<Planned> stored = PlanText(kNetwork, options);
  options.store_bf16 = false;
  const Result<Planned> in_f32 = PlanText(kNetwork, options);
  ASSERT_TRUE(stored.ok() && in_f32.ok());
  const auto outputs = [](const Planned& planned) {
    std::map<std::string, std::vector<float>> by_name;
    const auto executor =
        runtime::Executor::Create(planned.network.plan, planned.pool.lookup(), simd::Target::kAmx, 1).value();
    std::ranges::fill(executor->input(), 0.3f);
    const auto keep = [&](size_t index) {
      const TensorView view = executor->step_output(index);
      std::vector<float>& values = by_name[planned.network.plan.steps[index]->name];
      for (size_t p = 0; p < static_cast<size_t>(view.height * view.width); ++p) {
        values.insert(values.end(), view.data + p * view.pixel_stride,
                      view.data + p * view.pixel_stride + view.channels);
      }
    };
    EXPECT_TRUE(executor->Run({.after_step = keep}).ok());
    return by_name;
  };
  const auto actual = outputs(*stored), expected = outputs(*in_f32);
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, values] : expected) {
    ASSERT_EQ(actual.at(name).size(), values.size()) << name;
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(actual.at(name)[i], values[i], 0x1p-8f * std::fabs(values[i])) << name << " " << i;
    }
  }
}

}  // namespace
}  // namespace sinew::plan
