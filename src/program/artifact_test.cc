// Artifacts: round trip, and every kind of damage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/file.h"
#include "program/format.h"
#include "program/reader.h"
#include "program/writer.h"

namespace sinew::program {
namespace {

using ::testing::HasSubstr;

std::vector<float> Blob(size_t size, float first) {
  std::vector<float> blob(size);
  for (size_t i = 0; i < size; ++i) blob[i] = first + static_cast<float>(i);
  return blob;
}

Slice Floats(uint64_t offset, uint32_t height, uint32_t width, uint32_t channels, uint32_t pixel_stride) {
  return Slice(offset, height, width, channels, pixel_stride, DataType::F32);
}

// One pointwise convolution from 4x6x3 to 4x6x16.
ModelT SmallModel(BlobPool* pool) {
  auto step = std::make_unique<StepT>();
  step->name = "conv";
  step->algorithm = "pointwise";
  step->inputs = {Floats(0, 4, 6, 3, 3)};
  step->output = std::make_unique<Slice>(Floats(320, 4, 6, 16, 16));
  ConvStepT conv;
  conv.window = std::make_unique<Window>(1, 1, 1, 1, 1, 1, 0, 0);
  conv.weights = pool->Add(Blob(48, 1));
  conv.bias = pool->Add(Blob(16, 100));
  step->what.Set(std::move(conv));
  auto plan = std::make_unique<PlanT>();
  plan->backend = kCpuBackend;
  plan->target = "scalar";
  plan->arena_bytes = 320 + 4 * 6 * 16 * sizeof(float);
  plan->input = std::make_unique<Slice>(Floats(0, 4, 6, 3, 3));
  auto output = std::make_unique<OutputT>();
  output->name = "out";
  output->slice = std::make_unique<Slice>(Floats(320, 4, 6, 16, 16));
  plan->outputs.push_back(std::move(output));
  plan->steps.push_back(std::move(step));
  ModelT model;
  model.producer = "test";
  model.name = "small";
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
    EXPECT_TRUE(WriteFile(path_, bytes, {.sync = false}).ok());
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
  ASSERT_EQ(step.what.type, StepKind::Conv);
  EXPECT_THAT(BlobIndices(step), ::testing::ElementsAre(0, 1));
  const std::span<const float> weights = artifact->blob(step.what.AsConv()->weights).floats();
  ASSERT_EQ(weights.size(), 48u);
  EXPECT_EQ(weights[47], 48.0f);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data()) % 64, 0u);
  EXPECT_EQ(artifact->blob(step.what.AsConv()->bias).floats()[0], 100.0f);
}

TEST_F(ArtifactTest, PoolKeepsEqualBlobsOnce) {
  BlobPool pool;
  EXPECT_EQ(pool.Add(Blob(32, 1)), 0u);
  EXPECT_EQ(pool.Add(Blob(32, 2)), 1u);
  EXPECT_EQ(pool.Add(Blob(32, 1)), 0u);
  EXPECT_EQ(pool.Add(Blob(16, 1)), 2u);
  EXPECT_EQ(pool.total_bytes(), 80 * sizeof(float));
  // The same bytes of another type are something else.
  AlignedBuffer<std::byte> zeros(4), halves(4);
  std::fill(zeros.begin(), zeros.end(), std::byte{0});
  std::fill(halves.begin(), halves.end(), std::byte{0});
  EXPECT_EQ(pool.Add(DataType::F32, std::move(zeros)), 3u);
  EXPECT_EQ(pool.Add(DataType::F16, std::move(halves)), 4u);
}

TEST_F(ArtifactTest, TypesSurvive) {
  BlobPool pool;
  ModelT model = SmallModel(&pool);
  AlignedBuffer<std::byte> halves(6);
  for (size_t i = 0; i < 6; ++i) halves[i] = static_cast<std::byte>(i);
  const uint32_t index = pool.Add(DataType::BF16, std::move(halves));
  *model.plans[0]->steps[0]->output = Slice(322, 4, 6, 16, 16, DataType::F16);
  *model.plans[0]->outputs[0]->slice = Slice(322, 4, 6, 16, 16, DataType::F16);
  ASSERT_TRUE(WriteArtifact(std::move(model), pool, path_).ok());
  const Result<Artifact> artifact = Artifact::Load(path_);
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  const BlobView blob = artifact->blob(index);
  EXPECT_EQ(blob.type, DataType::BF16);
  ASSERT_EQ(blob.bytes.size(), 6u);
  EXPECT_EQ(blob.bytes[5], std::byte{5});
  EXPECT_EQ(artifact->model().plans[0]->outputs[0]->slice->type(), DataType::F16);
}

TEST_F(ArtifactTest, PicturesAreReadAsTheyWereWritten) {
  const auto load = [&](DataType written, DataType read) {
    return LoadModel([&](ModelT& model) {
      *model.plans[0]->steps[0]->output = Slice(320, 4, 6, 16, 16, written);
      *model.plans[0]->outputs[0]->slice = Slice(320, 4, 6, 16, 16, read);
    });
  };
  EXPECT_TRUE(load(DataType::BF16, DataType::BF16).ok());
  const Status status = load(DataType::F32, DataType::BF16);
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_THAT(status.message(), HasSubstr("output \"out\" is bf16, and was written as f32"));
  EXPECT_THAT(LoadModel([](ModelT& model) {
                model.plans[0]->steps[0]->inputs[0] = Slice(0, 4, 6, 3, 3, DataType::I8);
              }).message(),
              HasSubstr("step \"conv\": an input is i8, and was written as f32"));
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

// Copies of the artifact that begin at each distance from a multiple of 64.
TEST_F(ArtifactTest, FromMemoryTakesBytesAtAnyAddress) {
  AlignedBuffer<std::byte> room(content_.size() + 64);
  const auto owner = std::make_shared<int>(0);
  for (size_t shift = 0; shift < 64; ++shift) {
    std::memcpy(room.data() + shift, content_.data(), content_.size());
    const std::span<const std::byte> bytes(room.data() + shift, content_.size());
    const auto lies_within = [&](const Artifact& artifact) {
      const std::byte* const blob = artifact.blob(0).bytes.data();
      return blob >= bytes.data() && blob < bytes.data() + bytes.size();
    };
    const Result<Artifact> kept = Artifact::FromMemory(bytes, owner, "m"),
                           copied = Artifact::FromMemory(bytes, nullptr, "m");
    ASSERT_TRUE(kept.ok()) << kept.status().message();
    ASSERT_TRUE(copied.ok()) << copied.status().message();
    EXPECT_EQ(lies_within(*kept), shift == 0) << shift;
    EXPECT_FALSE(lies_within(*copied)) << shift;
    std::fill(room.begin(), room.end(), std::byte{0xff});
    for (const Artifact* artifact : {&*kept, &*copied}) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(artifact->blob(0).bytes.data()) % 64, 0u);
      EXPECT_EQ(artifact->blob(0).floats()[47] == 48.0f, !lies_within(*artifact)) << "its own by now, or not";
    }
    EXPECT_EQ(owner.use_count(), shift == 0 ? 2 : 1) << "kept where it is used, and not otherwise";
  }
  EXPECT_EQ(owner.use_count(), 1);
}

TEST_F(ArtifactTest, FromMemoryFindsWhatLoadFinds) {
  const auto from_memory = [&](const std::string& bytes) {
    return Artifact::FromMemory(std::as_bytes(std::span(bytes)), nullptr, path_.string()).status();
  };
  const auto same = [&](const std::string& bytes) {
    const Status loaded = LoadBytes(bytes), status = from_memory(bytes);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.code(), loaded.code());
    EXPECT_EQ(status.message(), loaded.message());
  };
  for (size_t size = 0; size < content_.size(); size += size < 256 ? 1 : 61) same(content_.substr(0, size));
  for (size_t i = 0; i < content_.size(); i += i < 1024 ? 1 : 37) {
    std::string damaged = content_;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    same(damaged);
  }
  same(content_ + "x");
  same("hello, world, this is text");
  EXPECT_EQ(Artifact::FromMemory({}, nullptr, "m").status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(Artifact::FromMemory({}, nullptr, "m").status().message(), ::testing::StartsWith("m: is not a sinew"));
}

TEST_F(ArtifactTest, OtherFilesAreNoArtifacts) {
  EXPECT_THAT(LoadBytes("hello, world, this is text").message(), HasSubstr("not a sinew artifact"));
  EXPECT_EQ(Artifact::Load(path_ / "nowhere").status().code(), StatusCode::kIo);
  EXPECT_EQ(Artifact::Load("/nonexistent.sinew").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Artifact::Load(std::filesystem::temp_directory_path()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ArtifactTest, OtherVersionsSaySo) {
  const auto load_version = [&](uint32_t version) {
    FileHeader header;
    std::memcpy(&header, content_.data(), sizeof(header));
    header.version = version;
    header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));
    std::string other = content_;
    std::memcpy(other.data(), &header, sizeof(header));
    return LoadBytes(other);
  };
  EXPECT_EQ(load_version(kFormatVersion + 1).code(), StatusCode::kIncompatible);
  EXPECT_THAT(load_version(kFormatVersion + 1).message(), HasSubstr("update sinew"));
  for (uint32_t old = 0; old < kFormatVersion; ++old) {
    EXPECT_EQ(load_version(old).code(), StatusCode::kIncompatible) << old;
    EXPECT_THAT(load_version(old).message(), HasSubstr("compile the model again")) << old;
  }
}

TEST_F(ArtifactTest, NumbersAreValidated) {
  const auto step = [](ModelT& m) -> StepT& { return *m.plans[0]->steps[0]; };
  const auto output = [&](const Slice& slice) {
    return LoadModel([&](ModelT& m) { *step(m).output = slice; }).message();
  };
  EXPECT_TRUE(LoadModel([](ModelT&) {}).ok());
  EXPECT_THAT(output(Floats(324, 4, 6, 16, 16)), HasSubstr("outside the arena"));
  EXPECT_THAT(output(Floats(~0ull, 4, 6, 16, 16)), HasSubstr("outside the arena"));
  EXPECT_THAT(output(Floats(0, 4, 0, 16, 16)), HasSubstr("impossible shape"));
  EXPECT_THAT(output(Floats(0, 4, 6, 16, 15)), HasSubstr("impossible shape"));
  EXPECT_THAT(output(Floats(0, 1 << 30, 1 << 30, 16, 16)), HasSubstr("impossible shape"));
  EXPECT_THAT(output(Floats(318, 4, 6, 16, 16)), HasSubstr("not aligned"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).what.AsConv()->weights = 2; }).message(), HasSubstr("blob 2 of 2"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).inputs.clear(); }).message(), HasSubstr("0 inputs"));
  EXPECT_THAT(LoadModel([&](ModelT& m) {
                step(m).what.AsConv()->window = std::make_unique<Window>(0, 1, 1, 1, 1, 1, 0, 0);
              }).message(),
              HasSubstr("window"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans[0]->outputs.clear(); }).message(), HasSubstr("no outputs"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans.clear(); }).message(), HasSubstr("no plan"));
  EXPECT_THAT(LoadModel([&](ModelT& m) { m.plans[0]->arena_bytes = ~0ull; }).message(),
              HasSubstr("beyond every limit"));
}

TEST_F(ArtifactTest, EnumerationsAreValidated) {
  const auto step = [](ModelT& m) -> StepT& { return *m.plans[0]->steps[0]; };
  EXPECT_THAT(LoadModel([&](ModelT& m) { step(m).what.AsConv()->activation = static_cast<Activation>(3); }).message(),
              HasSubstr("unknown activation"));
  EXPECT_THAT(
      LoadModel([&](ModelT& m) { *step(m).output = Slice(320, 4, 6, 16, 16, static_cast<DataType>(99)); }).message(),
      HasSubstr("the output has an unknown data type"));
  EXPECT_THAT(LoadModel([](ModelT& m) { m.plans[0]->precision = static_cast<Precision>(6); }).message(),
              HasSubstr("unknown precision"));
  const Status backend = LoadModel([](ModelT& m) { m.plans[0]->backend = "abacus"; });
  EXPECT_EQ(backend.code(), StatusCode::kIncompatible);
  EXPECT_THAT(backend.message(), HasSubstr("backend \"abacus\""));
  EXPECT_TRUE(LoadModel([](ModelT& m) { m.plans[0]->backend = kCudaBackend; }).ok());
}

// The tag of the union that says which kind a step is: every other value either is refused, or reads the step as
// another kind that holds. Nothing is read beyond the description (the sanitizers see to it).
TEST_F(ArtifactTest, WrongUnionTagsAreRefusedOrHarmless) {
  FileHeader header;
  std::memcpy(&header, content_.data(), sizeof(header));
  const Model* const model = GetModel(content_.data() + sizeof(header));
  const Step* const step = model->plans()->Get(0)->steps()->Get(0);
  const uint8_t* const tag = reinterpret_cast<const flatbuffers::Table*>(step)->GetAddressOf(Step::VT_WHAT_TYPE);
  ASSERT_NE(tag, nullptr);
  const size_t position = static_cast<size_t>(tag - reinterpret_cast<const uint8_t*>(content_.data()));
  ASSERT_EQ(content_[position], static_cast<char>(StepKind::Conv));
  for (int value = 0; value < 256; ++value) {
    std::string other = content_;
    other[position] = static_cast<char>(value);
    header.schema_xxh3 = XXH3_64bits(other.data() + sizeof(header), header.schema_bytes);
    header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));
    std::memcpy(other.data(), &header, sizeof(header));
    const Status status = LoadBytes(other);
    if (value == 0 || value > static_cast<int>(StepKind::MAX)) {
      EXPECT_EQ(status.code(), StatusCode::kCorrupt) << value;
      EXPECT_THAT(status.message(), HasSubstr("unknown kind of step")) << value;
    }
  }
}

}  // namespace
}  // namespace sinew::program
