// The zoo's description, and finding models on this disk.
#include "zoo/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "zoo/checksum.h"
#include "zoo/store.h"

namespace sinew::zoo {
namespace {

using ::testing::HasSubstr;

TEST(ZooTest, TheDescriptionIsComplete) {
  ASSERT_EQ(Entries().size(), 5u);
  for (const Entry& entry : Entries()) {
    EXPECT_EQ(Find(entry.name).value(), &entry);
    EXPECT_EQ(entry.keypoints, 18);
    EXPECT_EQ(entry.stride, 8);
    EXPECT_FALSE(entry.licence.empty());
    EXPECT_EQ(entry.source.git_blob.size(), entry.source.kind == Source::Kind::kFile ? 40u : 0u);
    EXPECT_EQ(entry.source.sha512.size(), entry.source.kind == Source::Kind::kNpm ? 88u : 0u);
  }
  EXPECT_FALSE(Find("cmu").value()->commercial_use);
}

TEST(ZooTest, UnknownNamesGetTheList) {
  EXPECT_THAT(Find("mobilnet").status().message(), HasSubstr("no model is called \"mobilnet\"; there are mobilenet_thin, "));
}

TEST(ZooTest, BadDescriptionsSayWhatIsWrong) {
  const auto error = [](std::string_view json) { return ParseEntries(json).status().message(); };
  EXPECT_THAT(error("{"), HasSubstr("no list \"models\""));
  EXPECT_THAT(error(R"({"models":[{}]})"), HasSubstr("model 0: \"name\" must be a text"));
  EXPECT_THAT(error(R"({"models":[{"name":"a","description":"","licence":"","commercial_use":true,"skeleton":"","keypoints":1,
      "stride":8,"input":"","net_resolution":"","source":{"kind":"ftp"}}]})"), HasSubstr("source: kind \"ftp\" is none of"));
}

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    setenv("XDG_DATA_HOME", (folder_ / "data").c_str(), 1);
    setenv("SINEW_MODELS", (folder_ / "models").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_DATA_HOME");
    unsetenv("SINEW_MODELS");
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path Put(const std::filesystem::path& name) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "graph";
    return path;
  }
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_store_test";
};

TEST_F(StoreTest, SinewModelsComesFirstThenTheStore) {
  EXPECT_EQ(Locate("mobilenet_v2_small").status().code(), StatusCode::kNotFound);
  const auto stored = Put("data/sinew/models/mobilenet_v2_small/graph_opt.pb");
  EXPECT_EQ(Locate("mobilenet_v2_small").value(), stored);
  const auto handed = Put("models/mobilenet_v2_small/graph_opt.pb");
  EXPECT_EQ(Locate("mobilenet_v2_small").value(), handed);
}

TEST_F(StoreTest, FoldersAndNamesOfTheUser) {
  const auto upstream = Put("models/mobilenet_thin/graph_opt.pb");
  EXPECT_EQ(Locate("mobilenet_thin_pb").value(), upstream) << "upstream's folder has another name";
  const auto own = Put("models/my_own/model.json");
  EXPECT_EQ(Locate("my_own").value(), own);
  EXPECT_THAT(Locate("other").status().message(), HasSubstr("no model is called \"other\""));
  EXPECT_THAT(Locate("../my_own").status().message(), HasSubstr("is no name of a model"));
}

TEST_F(StoreTest, WhatIsMissingSaysHowToGetIt) {
  EXPECT_THAT(Locate("mobilenet_thin").status().message(), HasSubstr("sinew model fetch mobilenet_thin"));
  EXPECT_THAT(Locate("cmu").status().message(), HasSubstr("DIR/cmu/graph_opt.pb and set SINEW_MODELS=DIR"));
}

TEST_F(StoreTest, ChecksumsAgreeWithGitAndNpm) {
  const auto path = Put("hello");
  std::ofstream(path, std::ios::trunc) << "hello\n";
  EXPECT_EQ(GitBlobId(path).value(), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(Sha512Base64(path).value(), "58IrmUxZ2c8rSOVJseJGZmNgRZMNPafBrLKZ0cO3+TH5Sq5B7dosKyB6NuEPi8uNRSI+VIePWzFufOO2vAGWKQ==");
}

}  // namespace
}  // namespace sinew::zoo
