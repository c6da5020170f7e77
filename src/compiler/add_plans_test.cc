// Resolutions that are added later: what they share, compute and refuse, and who adds at the same time.
#include "compiler/add_plans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder_test_util.h"
#include "compiler/import/models_test_util.h"
#include "sinew/model.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AddPlansTest : public TemporaryFolderTest {
 protected:
  AddPlansTest() {
    EXPECT_TRUE(WriteFile(graph_, import::PoseNetwork().GraphDef()).ok());
    EXPECT_TRUE(WriteFile(folder_ / "other.pb", import::SmallNetwork().GraphDef()).ok());
  }
  Result<ScratchFile> CompileBeside(Resolution resolution, const fs::path& graph) {
    SINEW_ASSIGN_OR_RETURN(ScratchFile compiled, ScratchFile::CreateBeside(artifact_));
    CompileOptions options;
    options.resolutions = {resolution};
    SINEW_RETURN_IF_ERROR(Compile(graph, compiled.path(), options).status());
    SINEW_RETURN_IF_ERROR(compiled.Hold());
    return compiled;
  }
  Result<AddedPlans> Add(Resolution resolution, const AddPlansOptions& options = {}, const fs::path& graph = {}) {
    SINEW_ASSIGN_OR_RETURN(ScratchFile compiled, CompileBeside(resolution, graph.empty() ? graph_ : graph));
    return AddPlans(&compiled, artifact_, options);
  }
  Model Alone(Resolution resolution) {
    CompileOptions options;
    options.resolutions = {resolution};
    EXPECT_TRUE(Compile(graph_, folder_ / "alone.sinew", options).ok());
    return Model::Load(folder_ / "alone.sinew").value();
  }
  // What the model makes of noise.
  static std::vector<float> Maps(const Model& model, Resolution resolution) {
    Session session = Session::Create(model, {.resolution = resolution, .threads = 1}).value();
    std::mt19937 random(3);
    std::uniform_real_distribution<float> pixel(0, 255);
    for (float& value : session.input()) value = pixel(random);
    EXPECT_TRUE(session.Run().ok());
    const TensorView maps = session.output();
    std::vector<float> values;
    for (int i = 0; i < maps.height * maps.width; ++i) {
      const float* const at = maps.data + static_cast<size_t>(i) * maps.pixel_stride;
      values.insert(values.end(), at, at + maps.channels);
    }
    return values;
  }

  const fs::path graph_ = folder_ / "graph.pb", artifact_ = folder_ / "m.sinew";
};

TEST_F(AddPlansTest, ResolutionsThatComeLaterShareWeightsAndComputeTheSame) {
  const Result<AddedPlans> first = Add({64, 48});
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ(first->plans, 1);
  EXPECT_EQ(first->shared_bytes, 0u);
  const uint64_t alone = first->artifact_bytes;
  EXPECT_EQ(alone, fs::file_size(artifact_));
  // As many pixels: what is fastest for one is so for the other.
  const Result<AddedPlans> upright = Add({48, 64});
  ASSERT_TRUE(upright.ok()) << upright.status().message();
  EXPECT_EQ(upright->plans, 1);
  EXPECT_EQ(upright->artifact_bytes, fs::file_size(artifact_));
  EXPECT_GT(upright->shared_bytes, alone / 2);
  EXPECT_LT(upright->artifact_bytes, alone * 5 / 4) << "a plan is a few kilobytes, weights are there once";
  // These may be computed by other algorithms, with weights of their own.
  ASSERT_TRUE(Add({96, 64}).ok());
  ASSERT_TRUE(Add({65, 49}).ok());
  const std::vector<Resolution> resolutions = {{64, 48}, {48, 64}, {96, 64}, {65, 49}};
  const Model model = Model::Load(artifact_).value();
  EXPECT_EQ(model.resolutions(), resolutions);
  for (const Resolution& resolution : resolutions) {
    const Model compiled_alone = Alone(resolution);
    EXPECT_EQ(Maps(model, resolution), Maps(compiled_alone, resolution))
        << resolution.width << "x" << resolution.height;
    EXPECT_EQ(model.description()->heads, compiled_alone.description()->heads);
  }
  EXPECT_EQ(FileCount(), 4u) << "two graphs, two artifacts, and nothing left behind";
}

TEST_F(AddPlansTest, WhoHasTheArtifactMappedKeepsWhatHeHas) {
  ASSERT_TRUE(Add({64, 48}).ok());
  const Model before = Model::Load(artifact_).value();
  const std::vector<float> maps = Maps(before, {64, 48});
  ASSERT_TRUE(Add({96, 64}).ok());
  EXPECT_TRUE(before.CheckUnchanged().ok());
  EXPECT_EQ(Maps(before, {64, 48}), maps);
  EXPECT_EQ(before.resolutions().size(), 1u);
}

TEST_F(AddPlansTest, WhatDoesNotGoTogetherIsRefused) {
  ASSERT_TRUE(Add({64, 48}).ok());
  const std::string before = *ReadFile(artifact_);
  EXPECT_THAT(Add({64, 48}).status().message(), HasSubstr("m.sinew: has a plan for 64x48 on "));
  EXPECT_EQ(Add({64, 48}, {.keep_existing = true})->plans, 0);
  EXPECT_THAT(Add({96, 64}, {}, folder_ / "other.pb").status().message(), HasSubstr("m.sinew: is of another network"));
  EXPECT_EQ(*ReadFile(artifact_), before);
  CompileOptions options;
  options.resolutions = {{32, 32}, {64, 48}};
  EXPECT_THAT(CheckCanAdd(artifact_, options).message(), HasSubstr("has a plan for 64x48"));
  options.resolutions = {{32, 32}};
  EXPECT_TRUE(CheckCanAdd(artifact_, options).ok());
  EXPECT_THAT(CheckCanAdd("s3://bucket/m.sinew", options).message(), HasSubstr("not a file of this machine"));
  fs::resize_file(artifact_, before.size() / 2);
  EXPECT_EQ(Add({96, 64}).status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(CheckCanAdd(artifact_, options).code(), StatusCode::kCorrupt);
}

// A network that is the same in two formats is the same.
TEST_F(AddPlansTest, TheFormatOfTheGraphDoesNotMatter) {
  const import::TfjsFiles files = import::WriteTfjs(import::PoseNetwork());
  fs::create_directory(folder_ / "tfjs");
  ASSERT_TRUE(WriteFile(folder_ / "tfjs/model.json", files.json).ok());
  ASSERT_TRUE(WriteFile(folder_ / "tfjs/group1-shard1of1", files.shard).ok());
  ASSERT_TRUE(Add({64, 48}).ok());
  const Result<AddedPlans> added = Add({96, 64}, {}, folder_ / "tfjs");
  EXPECT_TRUE(added.ok()) << added.status().message();
}

TEST_F(AddPlansTest, ProcessesThatAddAtTheSameTimeLoseNothing) {
  ASSERT_TRUE(Add({32, 32}).ok());
  std::vector<pid_t> children;
  constexpr int kProcesses = 4, kEach = 3;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    if (child == 0) {
      bool good = true;
      for (int i = 0; i < kEach; ++i) good = good && Add({64 + 16 * p, 48 + 16 * i}).ok();
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const Result<Model> model = Model::Load(artifact_);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->resolutions().size(), static_cast<size_t>(1 + kProcesses * kEach));
}

// As a full disk: what can be written ends in the middle of the new artifact.
TEST_F(AddPlansTest, AWriteThatFailsLeavesTheArtifactAsItWas) {
  ASSERT_TRUE(Add({64, 48}).ok());
  const std::string before = *ReadFile(artifact_);
  const pid_t child = fork();
  if (child == 0) {
    Result<ScratchFile> compiled = CompileBeside({96, 64}, graph_);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {before.size() / 2, before.size() / 2};
    if (!compiled.ok() || setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    _exit(AddPlans(&*compiled, artifact_).status().code() == StatusCode::kIo ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(*ReadFile(artifact_), before);
  EXPECT_TRUE(Add({96, 64}).ok());
}

TEST_F(AddPlansTest, KillsLeaveAWholeArtifact) {
  ASSERT_TRUE(Add({64, 48}).ok());
  size_t resolutions = 1;
  for (int i = 0; i < 12; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int k = 0; k < 100; ++k) (void)Add({64 + 16 * k, 64 + 16 * i});
      _exit(0);
    }
    usleep(20000 + 7000 * i);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const Result<Model> model = Model::Load(artifact_);
    ASSERT_TRUE(model.ok()) << model.status().message();
    EXPECT_GE(model->resolutions().size(), resolutions) << "nothing that was there is gone";
    resolutions = model->resolutions().size();
  }
  const Result<AddedPlans> added = Add({32, 32});
  EXPECT_TRUE(added.ok()) << "no lock is left: " << added.status().message();
}

}  // namespace
}  // namespace sinew
