// Compiling on first use, finding again, and what is removed when.
#include "service/model_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "service/model_files.h"

namespace sinew::service {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              fmt::format("model_cache_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    graph_ = (folder_ / "graph.pb").string();
    ASSERT_TRUE(WriteFile(graph_, import::PoseNetwork().GraphDef()).ok());
  }
  void TearDown() override { fs::remove_all(folder_); }

  ModelCache Cache(uint64_t max_bytes = uint64_t{8} << 30, const char* name = "cache") {
    return ModelCache({folder_ / name, max_bytes, [this](std::string_view line) { log_.emplace_back(line); }});
  }
  ModelRequest Request(Resolution resolution) const { return {graph_, resolution, {}}; }
  std::vector<std::string> Kept() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache"))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
  std::string graph_;
  std::vector<std::string> log_;
};

TEST_F(ModelCacheTest, CompilesOnFirstUseAndFindsItAgain) {
  const ModelCache cache = Cache();
  const auto first = cache.Load(Request({64, 48}));
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ(first->resolution, (Resolution{64, 48}));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("compiling " + graph_ + " for 64x48")));
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_TRUE(IsCompiledModel(folder_ / "cache" / Kept()[0]));
  EXPECT_TRUE(cache.Load(Request({64, 48})).ok());
  EXPECT_EQ(log_.size(), 1u) << "kept";
}

TEST_F(ModelCacheTest, ResolutionsOfAModelShareAFile) {
  const ModelCache cache = Cache();
  const auto first = cache.Load(Request({64, 48}));
  ASSERT_TRUE(first.ok()) << first.status().message();
  const std::string name = Kept()[0];
  const uint64_t alone = fs::file_size(folder_ / "cache" / name);
  const auto both = cache.Load({graph_, {48, 64}, {{64, 48}}});
  ASSERT_TRUE(both.ok()) << both.status().message();
  EXPECT_THAT(log_.back(), HasSubstr("for 48x64 on")) << "the other one is there";
  EXPECT_THAT(log_.back(), HasSubstr("added to"));
  EXPECT_THAT(both->model.resolutions(), ElementsAre(Resolution{48, 64}, Resolution{64, 48})) << "in that order";
  EXPECT_EQ(both->resolution, (Resolution{48, 64}));
  EXPECT_THAT(Kept(), ElementsAre(name));
  EXPECT_LT(fs::file_size(folder_ / "cache" / name), alone * 5 / 4);

  // As if nothing else were there.
  const auto again = cache.Load(Request({64, 48}));
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_THAT(again->model.resolutions(), ElementsAre(Resolution{64, 48}));
  EXPECT_EQ(again->model.weights_hash(), first->model.weights_hash());
  EXPECT_EQ(again->model.weight_bytes(), first->model.weight_bytes());
  const auto elsewhere = Cache(uint64_t{8} << 30, "elsewhere").Load({graph_, {48, 64}, {{64, 48}}});
  EXPECT_EQ(elsewhere->model.weights_hash(), both->model.weights_hash()) << "whatever was compiled first";
  EXPECT_EQ(cache.Load({graph_, {64, 48}, {{48, 64}, {64, 48}}})->model.resolutions().size(), 2u);
}

TEST_F(ModelCacheTest, ProcessesThatNeedOtherResolutionsLoseNothing) {
  ASSERT_TRUE(Cache().Load(Request({32, 32})).ok());
  log_.clear();
  std::vector<pid_t> children;
  for (int p = 0; p < 4; ++p) {
    const pid_t child = fork();
    if (child == 0) _exit(Cache().Load(Request({64 + 16 * p, 48})).ok() ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(Kept().size(), 1u);
  EXPECT_TRUE(Cache().Load({graph_, {64, 48}, {{80, 48}, {96, 48}, {112, 48}}}).ok());
  EXPECT_THAT(log_, IsEmpty()) << "all are there";
}

TEST_F(ModelCacheTest, AChangedGraphIsCompiledAnew) {
  const ModelCache cache = Cache();
  ASSERT_TRUE(cache.Load(Request({64, 48})).ok());
  fs::last_write_time(graph_, fs::last_write_time(graph_) + std::chrono::seconds(5));
  ASSERT_TRUE(cache.Load(Request({64, 48})).ok());
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(ModelCacheTest, ADamagedEntryIsMadeAnew) {
  const ModelCache cache = Cache();
  ASSERT_TRUE(cache.Load(Request({64, 48})).ok());
  ASSERT_EQ(Kept().size(), 1u);
  fs::resize_file(folder_ / "cache" / Kept()[0], 100);
  const auto again = cache.Load(Request({64, 48}));
  EXPECT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(log_.size(), 2u);
  fs::resize_file(folder_ / "cache" / Kept()[0], 100);
  EXPECT_TRUE(cache.Load(Request({96, 64})).ok()) << "nothing can be added to it";
  EXPECT_TRUE(cache.Load(Request({96, 64})).ok());
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(ModelCacheTest, ACompiledModelIsTakenAsItIs) {
  const ModelCache cache = Cache();
  ASSERT_TRUE(cache.Load(Request({64, 48})).ok());
  const std::string compiled = (folder_ / "cache" / Kept()[0]).string();
  EXPECT_EQ(cache.Load({compiled, {}, {}})->resolution, (Resolution{64, 48}));
  EXPECT_EQ(*cache.DefaultResolution(compiled), (Resolution{64, 48}));
  EXPECT_THAT(cache.Load({compiled, {96, 64}, {}}).status().message(),
              HasSubstr("was compiled for 64x48, not for 96x64"));
}

TEST_F(ModelCacheTest, AFolderThatCannotBeWrittenToIsNotFatal) {
  // A file where the folder should be: also for root, whom permissions do not stop.
  ASSERT_TRUE(WriteFile(folder_ / "cache", "in the way").ok());
  const auto model = Cache().Load(Request({64, 48}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->model.resolutions()[0], (Resolution{64, 48}));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("cannot be kept")));
  EXPECT_TRUE(Session::Create(model->model).ok()) << "its file is gone, its pages are not";
}

// So many hours ago; when it was written stays.
void LastUsed(const fs::path& path, int hours) {
  timespec then = {};
  clock_gettime(CLOCK_REALTIME, &then);
  then.tv_sec -= 3600 * hours;
  const timespec times[] = {then, {0, UTIME_OMIT}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST_F(ModelCacheTest, BeingUsedIsNotBeingWrittenTo) {
  const auto model = Cache().Load(Request({64, 48}));
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_TRUE(Cache().Load(Request({64, 48})).ok());
  EXPECT_TRUE(model->model.CheckUnchanged().ok()) << "another run has taken the same entry";
}

TEST_F(ModelCacheTest, TheOnesUnusedForLongestGoWhenThereAreTooMany) {
  // Copies of the graph: each is a model of its own.
  const auto request = [&](const std::string& name) {
    const fs::path copy = folder_ / (name + ".pb");
    if (!fs::exists(copy)) fs::copy_file(graph_, copy);
    return ModelRequest{copy.string(), {64, 48}, {}};
  };
  const auto kept = [&](const std::string& name) {
    const std::vector<std::string> all = Kept();
    return std::any_of(all.begin(), all.end(), [&](const std::string& one) { return one.starts_with(name + "-"); });
  };
  ASSERT_TRUE(Cache().Load(request("first")).ok());
  const uint64_t bytes = fs::file_size(folder_ / "cache" / Kept()[0]);
  LastUsed(folder_ / "cache" / Kept()[0], 3);
  ASSERT_TRUE(Cache().Load(request("second")).ok());
  ASSERT_EQ(Kept().size(), 2u);
  LastUsed(folder_ / "cache" / Kept()[1], 2);
  ASSERT_TRUE(Cache().Load(request("first")).ok()) << "used again: now the other one is the oldest";
  ASSERT_TRUE(Cache(5 * bytes / 2).Load(request("third")).ok());
  EXPECT_TRUE(kept("first") && !kept("second") && kept("third"));
  ASSERT_TRUE(Cache(1).Load(request("second")).ok());
  EXPECT_EQ(Kept().size(), 1u) << "the one just made stays, however small the bound";
  EXPECT_TRUE(kept("second"));
}

TEST_F(ModelCacheTest, CleanRemovesModelsAndWhatKilledCompilationsLeft) {
  EXPECT_EQ(Cache().Clean()->files, 0) << "there is no folder yet";
  ASSERT_TRUE(Cache().Load(Request({64, 48})).ok());
  ASSERT_TRUE(WriteFile(folder_ / "cache/.sinew-0123456789abcdef.tmp", "half").ok());
  ASSERT_TRUE(WriteFile(folder_ / "cache/notes.txt", "somebody's own").ok());
  const auto removed = Cache().Clean();
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->files, 2);
  EXPECT_GT(removed->bytes, 1000u);
  EXPECT_THAT(Kept(), ElementsAre("notes.txt"));
}

TEST_F(ModelCacheTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(Cache().Load({"none.sinew", {}, {}}).status().message(), HasSubstr("none.sinew: no such file"));
  EXPECT_THAT(Cache().Load({"mobilenet_thinn", {}, {}}).status().message(), HasSubstr("mobilenet_thinn"));
  const std::string long_name(5000, 'x');
  EXPECT_FALSE(Cache().Load({long_name + ".pb", {}, {}}).ok());
  EXPECT_FALSE(Cache().Load({long_name, {}, {}}).ok());
}

TEST_F(ModelCacheTest, ProvidesPipelines) {
  const ModelCache cache = Cache();
  const pipeline::ModelProvider provider = cache.Provider(graph_);
  const std::vector<Resolution> resolutions = {{64, 48}, {32, 32}};
  EXPECT_EQ(provider(resolutions)->resolutions(), resolutions);
}

}  // namespace
}  // namespace sinew::service
