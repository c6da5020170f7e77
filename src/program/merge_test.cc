// Two artifacts in one: what is shared, what is refused, and which model it is then.
#include "program/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temporary_folder_test_util.h"
#include "program/writer.h"

namespace sinew::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A pointwise convolution from height x width x 3 to 16 channels, with weights from `first` on.
ModelT Convolution(uint32_t height, uint32_t width, float first, BlobPool* pool) {
  const auto floats = [](size_t size, float from) {
    std::vector<float> values(size);
    for (size_t i = 0; i < size; ++i) values[i] = from + static_cast<float>(i);
    return values;
  };
  const Slice input(0, height, width, 3, 3, DataType::F32);
  const uint64_t input_bytes = (uint64_t{height} * width * 3 * sizeof(float) + 63) / 64 * 64;
  const Slice output(input_bytes, height, width, 16, 16, DataType::F32);
  auto step = std::make_unique<StepT>();
  step->name = "conv";
  step->algorithm = "pointwise";
  step->inputs = {input};
  step->output = std::make_unique<Slice>(output);
  ConvStepT conv;
  conv.window = std::make_unique<Window>(1, 1, 1, 1, 1, 1, 0, 0);
  conv.weights = pool->Add(floats(48, first));
  conv.bias = pool->Add(floats(16, 1000));
  step->what.Set(std::move(conv));
  auto plan = std::make_unique<PlanT>();
  plan->backend = kCpuBackend;
  plan->target = "scalar";
  plan->arena_bytes = input_bytes + uint64_t{height} * width * 16 * sizeof(float);
  plan->input = std::make_unique<Slice>(input);
  auto out = std::make_unique<OutputT>();
  out->name = "out";
  out->slice = std::make_unique<Slice>(output);
  plan->outputs.push_back(std::move(out));
  plan->steps.push_back(std::move(step));
  ModelT model;
  model.producer = "test";
  model.name = "small";
  model.graph_xxh3 = 7;
  model.plans.push_back(std::move(plan));
  return model;
}

class MergeTest : public TemporaryFolderTest {
 protected:
  std::filesystem::path Write(const char* name, uint32_t height, uint32_t width, float first, uint64_t graph = 7) {
    BlobPool pool;
    ModelT model = Convolution(height, width, first, &pool);
    model.graph_xxh3 = graph;
    EXPECT_TRUE(WriteArtifact(std::move(model), pool, folder_ / name).ok());
    return folder_ / name;
  }
  static Artifact Load(const std::filesystem::path& path) { return Artifact::Load(path).value(); }
  std::filesystem::path Merge(const std::filesystem::path& base, const std::filesystem::path& more, const char* name) {
    const Result<MergedFile> merged = WriteMerged(Load(base), Load(more), folder_ / name);
    EXPECT_TRUE(merged.ok()) << merged.status().message();
    EXPECT_EQ(merged->bytes, std::filesystem::file_size(folder_ / name));
    shared_bytes_ = merged->shared_bytes;
    return folder_ / name;
  }

  uint64_t shared_bytes_ = 0;  // of the last Merge
};

const ConvStepT& Conv(const Artifact& artifact, size_t plan) {
  return *artifact.model().plans[plan]->steps[0]->what.AsConv();
}

TEST_F(MergeTest, EqualBlobsAreThereOnce) {
  const auto a = Write("a", 4, 6, 1), b = Write("b", 8, 6, 1), c = Write("c", 2, 2, 500);
  const Artifact merged = Load(Merge(a, b, "ab"));
  EXPECT_EQ(merged.weight_bytes(), Load(a).weight_bytes());
  EXPECT_EQ(merged.model().blobs.size(), 2u);
  EXPECT_EQ(shared_bytes_, 64 * sizeof(float));
  const Artifact all = Load(Merge(folder_ / "ab", c, "abc"));
  ASSERT_EQ(all.model().plans.size(), 3u);
  EXPECT_EQ(all.model().blobs.size(), 3u) << "the bias is everybody's";
  EXPECT_EQ(shared_bytes_, 16 * sizeof(float));
  EXPECT_EQ(all.blob(Conv(all, 0).weights).floats()[0], 1.0f);
  EXPECT_EQ(all.blob(Conv(all, 1).weights).floats()[0], 1.0f);
  EXPECT_EQ(all.blob(Conv(all, 2).weights).floats()[0], 500.0f);
  EXPECT_EQ(all.blob(Conv(all, 2).bias).floats()[15], 1015.0f);
  EXPECT_EQ(all.model().plans[2]->input->width(), 2u);
  EXPECT_EQ(all.model().graph_xxh3, 7u);
}

TEST_F(MergeTest, APlanStaysTheModelThatItWas) {
  const auto a = Write("a", 4, 6, 1), b = Write("b", 8, 6, 500);
  const uint64_t hash_of_a = Load(a).weights_xxh3(), hash_of_b = Load(b).weights_xxh3();
  ASSERT_NE(hash_of_a, hash_of_b);
  Artifact merged = Load(Merge(a, b, "ab"));
  const uint64_t hash_of_both = merged.weights_xxh3();
  EXPECT_NE(hash_of_both, hash_of_a);
  EXPECT_EQ(Load(Merge(b, a, "ba")).weights_xxh3(), hash_of_both) << "whatever came first";
  const size_t second[] = {1};
  merged.SelectPlans(second);
  EXPECT_EQ(merged.weights_xxh3(), hash_of_b);
  EXPECT_EQ(merged.weight_bytes(), Load(b).weight_bytes());
  EXPECT_EQ(merged.model().plans[0]->input->height(), 8u);
  // Still so after more was added.
  Artifact more = Load(Merge(folder_ / "ab", Write("c", 2, 2, 900), "abc"));
  const size_t reversed[] = {1, 0};
  more.SelectPlans(reversed);
  EXPECT_EQ(more.weights_xxh3(), hash_of_both);
  EXPECT_EQ(more.model().plans[0]->input->height(), 8u);
  const size_t first[] = {1};
  more.SelectPlans(first);
  EXPECT_EQ(more.weights_xxh3(), hash_of_a);
}

TEST_F(MergeTest, WhatIsThereAlreadyStays) {
  const auto a = Write("a", 4, 6, 1), other = Write("other", 4, 6, 500);
  EXPECT_TRUE(HasPlanLike(Load(a), *Load(other).model().plans[0]));
  EXPECT_FALSE(HasPlanLike(Load(a), *Load(Write("b", 6, 4, 1)).model().plans[0]));
  const Artifact merged = Load(Merge(a, other, "m"));
  ASSERT_EQ(merged.model().plans.size(), 1u);
  EXPECT_EQ(merged.blob(Conv(merged, 0).weights).floats()[0], 1.0f);
}

TEST_F(MergeTest, OtherNetworksDoNotGoTogether) {
  const Artifact a = Load(Write("a", 4, 6, 1));
  EXPECT_TRUE(CheckSameNetwork(a, Load(Write("b", 8, 6, 1))).ok());
  EXPECT_THAT(CheckSameNetwork(a, Load(Write("c", 8, 6, 1, 8))).message(), HasSubstr("of another network"));
  EXPECT_EQ(CheckSameNetwork(Load(Write("d", 8, 6, 1, 0)), a).code(), StatusCode::kIncompatible);
}

TEST_F(MergeTest, PoolsTakeOverWhatIsBorrowed) {
  const Artifact a = Load(Write("a", 4, 6, 1));
  BlobPool lent, all;
  lent.AddBorrowed(a.blob(0));
  lent.AddBorrowed(a.blob(1));
  EXPECT_EQ(lent.AddBorrowed(a.blob(0)), 0u);
  all.Add(a.blob(1).floats());
  EXPECT_THAT(all.Absorb(std::move(lent)), ElementsAre(1u, 0u));
  EXPECT_EQ(all.blob(1).floats()[47], 48.0f);
  EXPECT_EQ(all.total_bytes(), 64 * sizeof(float));
}

}  // namespace
}  // namespace sinew::program
