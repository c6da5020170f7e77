// Fetching from a server on this machine and from a stand-in for npm: whole, cut off, damaged, missing, refused.
#include "service/zoo/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/process.h"
#include "service/zoo/checksum.h"
#include "service/zoo/http_server_test_util.h"
#include "service/zoo/store.h"

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
    entry_.source.git_blob = GitBlobId(folder_ / "content").value();
    path_before_ = std::getenv("PATH");
  }
  void TearDown() override {
    setenv("PATH", path_before_.c_str(), 1);
    unsetenv("XDG_DATA_HOME");
    std::filesystem::remove_all(folder_);
  }
  Result<std::filesystem::path> FetchFrom(const HttpServerForTests& server, const std::string& file = "/file") {
    entry_.source.url = "https://original.example" + file;
    return Fetch(entry_, {.mirror = server.address(), .max_bytes = 1 << 20});
  }
  bool StoreIsEmpty() const { return !std::filesystem::exists(folder_ / "sinew/models/test_model"); }
  std::filesystem::path Partial() const { return folder_ / "sinew/models/.test_model.fetch/graph_opt.pb.part"; }
  void LeavePartial(const std::string& content) {
    std::filesystem::create_directories(Partial().parent_path());
    std::ofstream(Partial()) << content;
  }

  // Puts a program called npm first on PATH: a shell script that sees the folder to fill as $dest.
  void FakeNpm(const std::string& body) {
    std::filesystem::create_directories(folder_ / "bin");
    std::ofstream(folder_ / "bin/npm") << "#!/bin/sh\n"
                                       << "[ \"$1 $2\" = 'pack @test/model@1.0.0' ] || exit 9\n"
                                       << "while [ $# -gt 0 ]; do\n"
                                       << "  [ \"$1\" = --pack-destination ] && dest=$2; shift\n"
                                       << "done\n"
                                       << body;
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

// Two contents of one SHA-1 can be made; with SHA-256 nobody can.
TEST_F(FetchTest, Sha256IsCheckedWhereItIsKnown) {
  HttpServerForTests server(Content());
  entry_.source.sha256 = std::string(64, 'a');
  const auto refused = FetchFrom(server);
  EXPECT_EQ(refused.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(refused.status().message(), HasSubstr("has SHA-256 "));
  EXPECT_TRUE(StoreIsEmpty());
  entry_.source.sha256 = Sha256Hex(folder_ / "content").value();
  EXPECT_TRUE(FetchFrom(server).ok());
}

TEST_F(FetchTest, WhatBelongsToAnotherFileIsThrownAway) {
  HttpServerForTests server(Content());
  LeavePartial("the beginning of something else");
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
}

TEST_F(FetchTest, WhatIsWholeAlreadyIsOnlyChecked) {
  HttpServerForTests server(Content());
  LeavePartial(Content());  // a run that ended between the last byte and the renaming
  const auto path = FetchFrom(server);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(*path), Content());
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(FetchTest, ABusyServerIsAskedAgain) {
  HttpServerForTests server(Content());
  server.BeBusy(2);
  EXPECT_TRUE(FetchFrom(server).ok());
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(FetchTest, OneOfSeveralFetchesOnly) {
  HttpServerForTests server(Content());
  entry_.source.url = "https://original.example/file";
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { good += Fetch(entry_, {.mirror = server.address()}).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(FetchTest, RedirectsAreFollowedWithinReason) {
  HttpServerForTests server(Content());
  EXPECT_THAT(FetchFrom(server, "/away").status().message(), HasSubstr("only https addresses are fetched from"));
  EXPECT_THAT(FetchFrom(server, "/circle").status().message(), HasSubstr("the server sends in circles"));
  EXPECT_TRUE(FetchFrom(server, "/moved").ok());
}

TEST_F(FetchTest, WhatIsTooLargeIsNotKept) {
  HttpServerForTests server(Content());
  for (const char* file : {"/enormous", "/endless"}) {
    const Status status = FetchFrom(server, file).status();
    EXPECT_EQ(status.code(), StatusCode::kTooLarge) << file << ": " << status.message();
    EXPECT_THAT(status.message(), HasSubstr("larger than the limit of 1048576 bytes")) << file;
    EXPECT_FALSE(std::filesystem::exists(Partial())) << file;
  }
}

TEST_F(FetchTest, RefusalsSayWhatToDo) {
  HttpServerForTests server(Content());
  const Status missing = FetchFrom(server, "/missing").status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.message(), HasSubstr("no such file (404)"));
  EXPECT_EQ(server.requests().size(), 1u) << "asking again does not help";
  server.BeBusy(4);
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("the server refused (503): try again later"));
  const Status refused = Fetch(entry_, {.mirror = "http://127.0.0.1:1"}).status();
  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_THAT(refused.message(), HasSubstr("check the network"));
  EXPECT_TRUE(StoreIsEmpty());
}

TEST_F(FetchTest, PlainHttpIsForThisMachineOnly) {
  entry_.source.url = "https://original.example/file";
  for (const char* mirror :
       {"http://example.invalid", "http://127.0.0.1:80@example.invalid", "http://localhost.example.invalid",
        "http://127.0.0.1.example.invalid", "file://", "ftp://127.0.0.1"}) {
    EXPECT_THAT(Fetch(entry_, {.mirror = mirror}).status().message(), HasSubstr("only https addresses")) << mirror;
  }
}

TEST_F(FetchTest, WithoutCurlItSaysSo) {
  entry_.source.url = "https://original.example/file";
  setenv("PATH", (folder_ / "empty").c_str(), 1);
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("apt install curl"));
}

TEST_F(FetchTest, AnUnusableStoreIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  setenv("XDG_DATA_HOME", (folder_ / "file").c_str(), 1);
  HttpServerForTests server(Content());
  EXPECT_THAT(FetchFrom(server).status().message(), HasSubstr("sinew_fetch_test/file/sinew/models"));
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

TEST_F(FetchTest, AGraphOfAnotherNameIsFoundAsModelJson) {
  MakePackage();
  entry_.source.files = {"package/unwanted", "package/model/shard"};
  entry_.source.graph = "package/unwanted";
  FakeNpm("cp " + (folder_ / "p.tgz").string() + " $dest/test-model-1.0.0.tgz\n");
  const auto path = Fetch(entry_);
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(path->filename(), "model.json");
  EXPECT_EQ(ReadAll(*path), "x");
}

TEST_F(FetchTest, AWrongPackageIsRefused) {
  MakePackage();
  FakeNpm("echo other > \"$dest/a.tgz\"\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("@test/model 1.0.0 has SHA-512"));
  EXPECT_TRUE(StoreIsEmpty());
}

TEST_F(FetchTest, APackageWithoutTheFilesIsRefused) {
  MakePackage();
  entry_.source.files.push_back("package/model/another");
  FakeNpm("cp " + (folder_ / "p.tgz").string() + " \"$dest/test-model-1.0.0.tgz\"\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("package/model/another: Not found in archive"));
  EXPECT_TRUE(StoreIsEmpty());
}

TEST_F(FetchTest, NpmsOwnErrorsAreShown) {
  MakePackage();
  FakeNpm("echo 'npm ERR! network down' >&2; exit 1\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("npm ERR! network down"));
  FakeNpm("echo 'node: not found' >&2; exit 127\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("node: not found"));
  FakeNpm("exit 0\n");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("no archive appeared"));
  EXPECT_TRUE(StoreIsEmpty());
}

// The programs that fetching takes, and no npm.
TEST_F(FetchTest, WithoutNpmAPackageIsDownloaded) {
  MakePackage();
  std::filesystem::create_directories(folder_ / "few");
  for (const char* program : {"curl", "tar", "gzip", "sh"})
    std::filesystem::create_symlink(std::filesystem::path("/usr/bin") / program, folder_ / "few" / program);
  setenv("PATH", (folder_ / "few").c_str(), 1);
  HttpServerForTests server(ReadAll(folder_ / "p.tgz"));
  setenv("npm_config_registry", (server.address() + "/").c_str(), 1);
  const auto path = Fetch(entry_);
  unsetenv("npm_config_registry");
  ASSERT_TRUE(path.ok()) << path.status().message();
  EXPECT_EQ(ReadAll(path->parent_path() / "shard"), "weights");
  EXPECT_THAT(server.requests(), ElementsAre("GET /@test/model/-/model-1.0.0.tgz"));
}

TEST_F(FetchTest, WithoutNpmAndARegistryOrCurlItSaysSo) {
  MakePackage();
  setenv("PATH", (folder_ / "empty").c_str(), 1);
  unsetenv("npm_config_registry");
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("install npm, set npm_config_registry"));
  setenv("npm_config_registry", "http://127.0.0.1:1", 1);
  EXPECT_THAT(Fetch(entry_).status().message(), HasSubstr("curl"));
  unsetenv("npm_config_registry");
}

}  // namespace
}  // namespace sinew::zoo
