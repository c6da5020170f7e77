// Binding: what contradicts the kernels is refused, with what is wrong; the rest runs.
#include "backends/cpu/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "base/aligned_buffer.h"
#include "program/writer.h"

namespace sinew::cpu {
namespace {

using program::BlobPool;
using program::DataType;
using program::Slice;
using program::StepT;
using ::testing::HasSubstr;

// A pointwise convolution of 4x6x3 to 4x6x16 whose weights are ones and whose biases are a half.
class BindTest : public ::testing::Test {
 protected:
  BindTest() {
    for (size_t i = 0; i < kArenaBytes; ++i) arena_[i] = std::byte{0};
    step_.name = "conv";
    step_.algorithm = "pointwise";
    step_.inputs = {Slice(0, 4, 6, 3, 3, DataType::F32)};
    step_.output = std::make_unique<Slice>(320, 4, 6, 16, 16, DataType::F32);
    program::ConvStepT conv;
    conv.window = std::make_unique<program::Window>(1, 1, 1, 1, 1, 1, 0, 0);
    conv.weights = blobs_.Add(std::vector<float>(48, 1.0f));
    conv.bias = blobs_.Add(std::vector<float>(16, 0.5f));
    step_.what.Set(std::move(conv));
  }

  Result<BoundStep> Bind() { return BindStep(step_, blobs_.lookup(), simd::SupportedTargets().back(), arena_.data()); }
  float* Floats(size_t offset_bytes) { return reinterpret_cast<float*>(arena_.data() + offset_bytes); }

  static constexpr size_t kArenaBytes = 320 + 4 * 6 * 16 * sizeof(float);
  AlignedBuffer<std::byte> arena_{kArenaBytes};
  BlobPool blobs_;
  StepT step_;
};

TEST_F(BindTest, RunsOnTheArena) {
  const Result<BoundStep> bound = Bind();
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  for (int i = 0; i < 72; ++i) Floats(0)[i] = static_cast<float>(i);
  AlignedBuffer<float> scratch(bound->scratch_floats + 1);
  for (const BoundStep::Pass& pass : bound->passes) pass(0, bound->task_count, scratch.data());
  EXPECT_EQ(Floats(320)[0], 0.0f + 1 + 2 + 0.5f);
  EXPECT_EQ(Floats(320)[23 * 16 + 15], 69.0f + 70 + 71 + 0.5f);
}

TEST_F(BindTest, OtherTypesThanF32AreRefused) {
  step_.inputs[0] = Slice(0, 4, 6, 3, 3, DataType::F16);
  EXPECT_EQ(Bind().status().code(), StatusCode::kIncompatible);
  EXPECT_THAT(Bind().status().message(), HasSubstr("step \"conv\": an input is f16"));
  step_.inputs[0] = Slice(0, 4, 6, 3, 3, DataType::F32);
  *step_.output = Slice(320, 4, 6, 16, 16, DataType::I8);
  EXPECT_THAT(Bind().status().message(), HasSubstr("the output is i8"));
  *step_.output = Slice(320, 4, 6, 16, 16, DataType::F32);
  step_.what.AsConv()->weights = blobs_.Add(DataType::BF16Pair, AlignedBuffer<std::byte>(48 * sizeof(float)));
  EXPECT_THAT(Bind().status().message(),
              HasSubstr("its weights are bf16 pair, algorithm \"pointwise\" multiplies f32"));
}

TEST_F(BindTest, WhatDoesNotFitIsRefused) {
  program::ConvStepT& conv = *step_.what.AsConv();
  step_.algorithm = "abacus";
  EXPECT_EQ(Bind().status().code(), StatusCode::kIncompatible);
  EXPECT_THAT(Bind().status().message(), HasSubstr("no Conv algorithm \"abacus\""));
  step_.algorithm = "winograd_4x3";
  EXPECT_THAT(Bind().status().message(), HasSubstr("does not solve a step of this shape"));
  step_.algorithm = "pointwise";
  std::swap(conv.weights, conv.bias);
  EXPECT_THAT(Bind().status().message(), HasSubstr("its blob 1 has 64 bytes, needs 192"));
  std::swap(conv.weights, conv.bias);
  conv.bias = conv.weights;
  EXPECT_THAT(Bind().status().message(), HasSubstr("its blob 0 has 48 floats, needs 16"));
  conv.window = std::make_unique<program::Window>(0, 1, 1, 1, 1, 1, 0, 0);
  EXPECT_THAT(Bind().status().message(), HasSubstr("window is out of range"));
}

// Pictures are of the types that the algorithm has them in.
TEST_F(BindTest, Bf16PicturesNeedAnAlgorithmThatHasThem) {
  const Slice f32_in(0, 4, 6, 3, 3, DataType::F32), f32_out(320, 4, 6, 16, 16, DataType::F32);
  const Slice bf16_in(0, 4, 6, 3, 3, DataType::BF16), bf16_out(320, 4, 6, 16, 16, DataType::BF16);
  const auto message = [&](const Slice& in, const Slice& out) {
    step_.inputs[0] = in;
    *step_.output = out;
    return std::string(Bind().status().message());
  };
  EXPECT_EQ(message(bf16_in, f32_out),
            "step \"conv\": an input is bf16, algorithm \"pointwise\" has f32 alone there: compile the model again, or "
            "update sinew");
  EXPECT_THAT(message(f32_in, bf16_out), HasSubstr("the output is bf16, algorithm \"pointwise\" has f32 alone there"));
  step_.algorithm = "bf16x3_pointwise";
  EXPECT_THAT(message(bf16_in, f32_out), HasSubstr("an input is bf16, algorithm \"bf16x3_pointwise\" has f32 alone"));
  EXPECT_THAT(message(f32_in, bf16_out), HasSubstr("its weights are f32"));  // the picture is all right
  step_.algorithm = "bf16_pointwise";
  EXPECT_THAT(message(bf16_in, bf16_out), HasSubstr("its weights are f32"));
  EXPECT_THAT(message(Slice(0, 4, 6, 3, 3, DataType::F16), f32_out),
              HasSubstr("an input is f16, algorithm \"bf16_pointwise\" has f32 or bf16 there"));
  EXPECT_THAT(message(bf16_in, Slice(320, 4, 6, 16, 16, DataType::BF16Pair)), HasSubstr("the output is bf16 pair"));

  // What moves numbers changes no type.
  step_.what.Set(program::CopyStepT());
  step_.algorithm = "copy";
  const Slice bf16_copy(320, 4, 6, 3, 3, DataType::BF16);
  EXPECT_THAT(message(f32_in, bf16_copy),
              HasSubstr("its input is f32 and its output bf16, algorithm \"copy\" has one type for both"));
  EXPECT_EQ(message(bf16_in, bf16_copy), "");
  step_.what.Set(program::AddStepT());
  step_.algorithm = "add";
  step_.inputs.push_back(bf16_in);
  EXPECT_THAT(message(f32_in, Slice(320, 4, 6, 3, 3, DataType::F32)), HasSubstr("an input is bf16, algorithm \"add\""));
}

// What an artifact says of types is no more to be trusted than its sizes.
TEST_F(BindTest, NarrowTypesNeedTheirWeightsAndTheirProcessor) {
  program::ConvStepT& conv = *step_.what.AsConv();
  step_.algorithm = "bf16_pointwise";
  EXPECT_THAT(Bind().status().message(),
              HasSubstr("its weights are f32, algorithm \"bf16_pointwise\" multiplies bf16"));
  conv.weights = blobs_.Add(DataType::BF16, AlignedBuffer<std::byte>(48));
  EXPECT_EQ(Bind().status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(Bind().status().message(), HasSubstr("has 48 bytes, needs 1024"));
  conv.weights = blobs_.Add(DataType::BF16, AlignedBuffer<std::byte>(1024));
  const Result<BoundStep> on_scalar = BindStep(step_, blobs_.lookup(), simd::Target::kScalar, arena_.data());
  EXPECT_EQ(on_scalar.status().code(), StatusCode::kIncompatible);
  EXPECT_THAT(on_scalar.status().message(),
              HasSubstr("algorithm \"bf16_pointwise\" multiplies bf16, which scalar does not"));
  std::swap(conv.weights, conv.bias);
  EXPECT_FALSE(Bind().ok());
}

}  // namespace
}  // namespace sinew::cpu
