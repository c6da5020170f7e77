// Artifacts: round trip, and every kind of damage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "program/format.h"
#include "program/reader.h"
#include "program/writer.h"

namespace sinew::program {
namespace {

using ::testing::HasSubstr;

AlignedBuffer<float> Blob(size_t size, float first) {
  AlignedBuffer<float> blob(size);
  for (size_t i = 0; i < size; ++i) blob[i] = first + static_cast<float>(i);
  return blob;
}

// One pointwise convolution from 4x6x3 to 4x6x16.
ModelT SmallModel(BlobPool* pool) {
  auto step = std::make_unique<StepT>();
  step->name = "conv";
  step->kind = StepKind::Conv;
  step->algorithm = "pointwise";
  step->inputs = {Slice(0, 4, 6, 3, 3)};
  step->output = std::make_unique<Slice>(80, 4, 6, 16, 16);
  step->window = std::make_unique<Window>(1, 1, 1, 1, 1, 1, 0, 0);
  step->blobs = {pool->Add(Blob(48, 1)), pool->Add(Blob(16, 100))};
  auto plan = std::make_unique<PlanT>();
  plan->arena_floats = 80 + 4 * 6 * 16;
  plan->input = std::make_unique<Slice>(0, 4, 6, 3, 3);
  auto output = std::make_unique<OutputT>();
  output->name = "out";
  output->slice = std::make_unique<Slice>(80, 4, 6, 16, 16);
  plan->outputs.push_back(std::move(output));
  plan->steps.push_back(std::move(step));
  ModelT model;
  model.producer = "test";
  model.name = "small";
  model.target = "scalar";
  model.plans.push_back(std::move(plan));
  return model;
}

class ArtifactTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("artifact_test_" + std::to_string(::getpid()) + ".sinew");
    BlobPool pool;
    ModelT model = SmallModel(&pool);
    ASSERT_TRUE(WriteArtifact(std::move(model), pool, path_).ok());
    content_ = *ReadFile(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Status LoadBytes(const std::string& bytes) {
    EXPECT_TRUE(WriteFile(path_, bytes).ok());
    return Artifact::Load(path_).status();
  }
  // An artifact that differs in its description but has sound checksums.
  Status LoadModel(const std::function<void(ModelT&)>& change) {
    BlobPool pool;
    ModelT model = SmallModel(&pool);
    change(model);
    EXPECT_TRUE(WriteArtifact(std::move(model), pool, path_).ok());
    return Artifact::Load(path_).status();
  }

  std::filesystem::path path_;
  std::string content_;
};

TEST_F(ArtifactTest, RoundTrip) {
  Result<Artifact> artifact = Artifact::Load(path_);
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  EXPECT_EQ(artifact->model().name, "small");
  const StepT& step = *artifact->model().plans[0]->steps[0];
  EXPECT_EQ(step.algorithm, "pointwise");
  const auto weights = artifact->blob(step.blobs[0]);
  ASSERT_EQ(weights.size(), 48u);
  EXPECT_EQ(weights[47], 48.0f);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data()) % 64, 0u);
  EXPECT_EQ(artifact->blob(step.blobs[1])[0], 100.0f);
}

TEST_F(ArtifactTest, PoolKeepsEqualBlobsOnce) {
  BlobPool pool;
  EXPECT_EQ(pool.Add(Blob(32, 1)), 0u);
  EXPECT_EQ(pool.Add(Blob(32, 2)), 1u);
  EXPECT_EQ(pool.Add(Blob(32, 1)), 0u);
  EXPECT_EQ(pool.Add(Blob(16, 1)), 2u);
  EXPECT_EQ(pool.total_bytes(), 80 * sizeof(float));
}

TEST_F(ArtifactTest, EveryFlippedBitIsFound) {
  // Every byte of the header and the description, and a spread over padding and data.
  for (size_t i = 0; i < content_.size(); i += i < 1024 ? 1 : 37) {
    std::string damaged = content_;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const Status status = LoadBytes(damaged);
    EXPECT_FALSE(status.ok()) << "byte " << i;
    EXPECT_THAT(status.message(), HasSubstr(path_.string()));
  }
}

TEST_F(ArtifactTest, TruncationIsFound) {
  for (const size_t size :
       {size_t{1}, size_t{7}, size_t{8}, size_t{63}, size_t{64}, size_t{200}, content_.size() - 1}) {
    EXPECT_FALSE(LoadBytes(content_.substr(0, size)).ok()) << size;
  }
  EXPECT_THAT(LoadBytes(content_.substr(0, content_.size() - 1)).message(), HasSubstr("truncated"));
  EXPECT_THAT(LoadBytes(content_ + "x").message(), HasSubstr("bytes added"));
  EXPECT_EQ(LoadBytes("").code(), StatusCode::kInvalidArgument);
}

TEST_F(ArtifactTest, OtherFilesAreNoArtifacts) {
  EXPECT_THAT(LoadBytes("hello, world, this is text").message(), HasSubstr("not a sinew artifact"));
  EXPECT_EQ(Artifact::Load(path_ / "nowhere").status().code(), StatusCode::kIo);
  EXPECT_EQ(Artifact::Load("/nonexistent.sinew").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Artifact::Load(std::filesystem::temp_directory_path()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ArtifactTest, NewerVersionSaysSo) {
  FileHeader header;
  std::memcpy(&header, content_.data(), sizeof(header));
  header.version = kFormatVersion + 1;
  header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));
  std::memcpy(content_.data(), &header, sizeof(header));
  const Status status = LoadBytes(content_);
  EXPECT_EQ(status.code(), StatusCode::kIncompatible);
  EXPECT_THAT(status.message(), HasSubstr("update sinew"));
}

TEST_F(ArtifactTest, NumbersAreValidated) {
  const auto step = [](ModelT& m) -> StepT& { return *m.plans[0]->steps[0]; };
  EXPECT_TRUE(LoadModel([](ModelT&) {}).ok());
  EXPECT_THAT(LoadModel([&](ModelT& m) { *step(m).output = Slice(81, 4, 6, 16, 16); }).message(),
              HasSubstr("outside the arena"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { *step(m).output = Slice(~0ull, 4, 6, 16, 16); }).message(),
              HasSubstr("outside the arena"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { *step(m).output = Slice(0, 4, 0, 16, 16); }).message(),
              HasSubstr("impossible shape"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { *step(m).output = Slice(0, 4, 6, 16, 15); }).message(),
              HasSubstr("impossible shape"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { *step(m).output = Slice(0, 1 << 30, 1 << 30, 16, 16); }).message(),
              HasSubstr("impossible shape"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).blobs[0] = 2; }).message(), HasSubstr("blob 2 of 2"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).inputs.clear(); }).message(), HasSubstr("0 inputs"));
  EXPECT_THAT(
      LoadModel([&](ModelT& m) { step(m).window = std::make_unique<Window>(0, 1, 1, 1, 1, 1, 0, 0); }).message(),
      HasSubstr("window"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).kind = static_cast<StepKind>(99); }).message(),
              HasSubstr("unknown kind"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans[0]->outputs.clear(); }).message(), HasSubstr("no outputs"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans.clear(); }).message(), HasSubstr("no plan"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans[0]->arena_floats = ~0ull; }).message(),
              HasSubstr("beyond every limit"));
}

}  // namespace
}  // namespace sinew::program
