// A miniature network on made-up pictures.
#include "service/find_people.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "media/images/image.h"

namespace sinew::service {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FindPeopleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              fmt::format("find_people_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    media::Image image = media::Image::OfSize(80, 60);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i / 77);
    for (const char* name : {"a.png", "b.png", "c.png"}) ASSERT_TRUE(media::WriteImage(folder_ / name, image).ok());
    ASSERT_TRUE(WriteFile(folder_ / "bad.png", "no picture").ok());
    configuration_.model = (folder_ / "graph.pb").string();
    configuration_.analysis.resolution = {64, 48};
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::vector<media::Input> Inputs(std::initializer_list<const char*> names) const {
    std::vector<media::Input> inputs;
    for (const char* name : names)
      inputs.push_back({media::InputKind::kPicture, name, (folder_ / name).string(), Status()});
    return inputs;
  }

  fs::path folder_;
  Configuration configuration_;
};

TEST_F(FindPeopleTest, EveryInputHasARecord) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  int64_t told = 0, expected_frames = 0;
  FindPeopleOptions options;
  options.progress = [&](int64_t frames, int64_t expected, int64_t) {
    told = frames;
    expected_frames = expected;
  };
  const auto found = FindPeople(configuration_, Inputs({"a.png", "bad.png", "b.png"}), models, options);
  ASSERT_TRUE(found.ok()) << found.status().message();
  ASSERT_EQ(found->records.size(), 3u);
  EXPECT_EQ(found->records[0].width, 80);
  EXPECT_THAT(found->records[1].error, HasSubstr("bad.png"));
  EXPECT_EQ(found->records[0].people.size(), found->records[2].people.size()) << "the same picture";
  EXPECT_EQ(found->resolution, (Resolution{64, 48}));
  EXPECT_EQ(told, 3);
  EXPECT_EQ(expected_frames, 3);
}

TEST_F(FindPeopleTest, AStoppedSearchSaysNothing) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  std::atomic<bool> stop = false;
  FindPeopleOptions options;
  options.stop = &stop;
  options.progress = [&](int64_t, int64_t, int64_t) { stop = true; };
  configuration_.cores = 1;
  const auto found =
      FindPeople(configuration_, Inputs({"a.png", "b.png", "c.png", "a.png", "b.png", "c.png", "a.png", "b.png"}),
                 models, options);
  EXPECT_EQ(found.status().code(), StatusCode::kCancelled);
  EXPECT_THAT(found.status().message(), HasSubstr("interrupted after"));
}

TEST_F(FindPeopleTest, WhatWouldFailOnEveryPictureFailsAtOnce) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  configuration_.model = "no_such_model.pb";
  EXPECT_THAT(FindPeople(configuration_, Inputs({"a.png"}), models).status().message(), HasSubstr("no such file"));
  configuration_.model = (folder_ / "graph.pb").string();
  configuration_.cores = -3;
  EXPECT_FALSE(FindPeople(configuration_, Inputs({"a.png"}), models).ok());
}

}  // namespace
}  // namespace sinew::service
