// Compiling on first use, finding again, and what is removed when.
#include "service/model_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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
  EXPECT_TRUE(cache.Load({graph_, {64, 48}, {{32, 32}}}).ok());
  EXPECT_THAT(log_.back(), HasSubstr("for 64x48,32x32")) << "another set of resolutions is another model";
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
  fs::resize_file(folder_ / "cache" / Kept()[0], 100);
  const auto again = cache.Load(Request({64, 48}));
  EXPECT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(log_.size(), 2u);
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
  ASSERT_TRUE(Cache().Load(Request({64, 48})).ok());
  const uint64_t bytes = fs::file_size(folder_ / "cache" / Kept()[0]);
  const std::string first = Kept()[0];
  LastUsed(folder_ / "cache" / first, 3);
  ASSERT_TRUE(Cache().Load(Request({32, 32})).ok());
  ASSERT_EQ(Kept().size(), 2u);
  for (const std::string& name : Kept()) {
    if (name == first) continue;
    LastUsed(folder_ / "cache" / name, 2);
  }
  ASSERT_TRUE(Cache().Load(Request({64, 48})).ok()) << "used again: now the other one is the oldest";
  const auto third = Cache(5 * bytes / 2).Load(Request({48, 48}));
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(Kept().size(), 2u);
  EXPECT_THAT(Kept(), ::testing::Contains(first));
  ASSERT_TRUE(Cache(1).Load(Request({32, 32})).ok());
  EXPECT_EQ(Kept().size(), 1u) << "the one just made stays, however small the bound";
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
