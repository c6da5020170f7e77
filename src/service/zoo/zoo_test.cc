// The zoo's description, and finding models on this disk.
#include "service/zoo/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include "base/error.h"
#include "service/zoo/checksum.h"
#include "service/zoo/store.h"

namespace sinew::zoo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ZooTest, TheDescriptionIsComplete) {
  ASSERT_EQ(Entries().size(), 10u);
  for (const Entry& entry : Entries()) {
    EXPECT_EQ(Find(entry.name).value(), &entry);
    EXPECT_GE(entry.keypoints, 15);
    EXPECT_EQ(entry.format == "Caffe", entry.name.starts_with("openpose_"));
    EXPECT_EQ(entry.stride, entry.name == "posenet" ? 16 : entry.name == "movenet_multipose" ? 4 : 8);
    EXPECT_FALSE(entry.licence.empty());
    EXPECT_EQ(entry.source.git_blob.size(), entry.source.kind == Source::Kind::kFile ? 40u : 0u);
    EXPECT_EQ(entry.source.sha512.size(), entry.source.kind == Source::Kind::kNpm ? 88u : 0u);
  }
  EXPECT_FALSE(Find("cmu").value()->commercial_use);
}

TEST(ZooTest, UnknownNamesGetTheListAndAGuess) {
  const auto error = [](std::string_view name) { return Find(name).status().message(); };
  EXPECT_THAT(error("mobilenet_tin"), HasSubstr("\"mobilenet_tin\" (did you mean mobilenet_thin?); the zoo has m"));
  EXPECT_THAT(error("mobilenet_v2_samll"), HasSubstr("did you mean mobilenet_v2_small?"));
  EXPECT_THAT(error("CMU"), HasSubstr("did you mean cmu?"));
  EXPECT_THAT(error("something_else_entirely"), Not(HasSubstr("did you mean")));
  EXPECT_LT(error(std::string(100'000, 'x')).size(), 300u) << "a message stays a message";
}

// A description of one good entry, with one field replaced.
std::string DescriptionWith(std::string_view key, std::string_view value) {
  std::string fields;
  for (const auto& [name, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"name", R"("a")"},
           {"description", R"("d")"},
           {"format", R"("TensorFlow")"},
           {"licence", R"("l")"},
           {"commercial_use", "true"},
           {"skeleton", R"("coco18")"},
           {"keypoints", "18"},
           {"stride", "8"},
           {"input", R"("BGR")"},
           {"output", R"("node")"},
           {"net_resolution", R"("432x368")"},
           {"source", R"({"kind":"manual","instructions":"ask"})"}}) {
    fields += fmt::format("{}\"{}\":{}", fields.empty() ? "" : ",", name, name == key ? value : text);
  }
  return "{\"models\":[{" + fields + "}]}";
}

TEST(ZooTest, BadDescriptionsSayWhatIsWrong) {
  const auto error = [](std::string_view json) { return ParseEntries(json).status().message(); };
  EXPECT_THAT(error("{"), HasSubstr("is not JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("no list \"models\""));
  EXPECT_THAT(error(R"({"models":[3]})"), HasSubstr("model 0 of the zoo's description: must be an object"));
  EXPECT_THAT(error(R"({"models":[{}]})"), HasSubstr("model 0 of the zoo's description: \"name\" must be a text"));
  ASSERT_TRUE(ParseEntries(DescriptionWith("", "")).ok());

  const auto with = [&](std::string_view key, std::string_view value) { return error(DescriptionWith(key, value)); };
  EXPECT_THAT(with("name", R"("../a")"), HasSubstr("not the name of a model"));
  EXPECT_THAT(with("name", R"("-a")"), HasSubstr("not the name of a model"));
  EXPECT_THAT(with("description", R"("")"), HasSubstr("\"description\" must be a text that is not empty"));
  EXPECT_THAT(with("commercial_use", "1"), HasSubstr("\"commercial_use\" must be true or false"));
  for (const char* count : {"0", "-1", "1e9", "99999999999999999999", "18446744073709551615", "\"8\""}) {
    EXPECT_THAT(with("stride", count), HasSubstr("\"stride\" must be")) << count;
  }
  EXPECT_THAT(with("source", "null"), HasSubstr("source: \"kind\" must be a text"));
  EXPECT_THAT(with("source", R"({"kind":"ftp"})"), HasSubstr("source: kind \"ftp\" is none of"));
  EXPECT_THAT(with("source", R"({"kind":"manual"})"), HasSubstr("source: \"instructions\" must be"));
}

TEST(ZooTest, BadSourcesSayWhatIsWrong) {
  const auto with = [](std::string_view source) {
    return ParseEntries(DescriptionWith("source", source)).status().message();
  };
  const std::string blob(40, 'a'), sha512 = std::string(86, 'A') + "==";
  const auto file = [&](std::string_view url, std::string_view id) {
    return with(fmt::format(R"({{"kind":"file","url":"{}","git_blob":"{}"}})", url, id));
  };
  EXPECT_EQ(file("https://host/a", blob), "");
  EXPECT_THAT(file("http://host/a", blob), HasSubstr("\"url\" must start with https://"));
  EXPECT_THAT(file("https://host/a", blob + "a"), HasSubstr("\"git_blob\" must be 40 digits"));
  EXPECT_THAT(file("https://host/a", std::string(40, 'g')), HasSubstr("\"git_blob\" must be 40 digits"));

  const auto package = [&](std::string_view name, std::string_view hash, std::string_view files) {
    return with(fmt::format(R"({{"kind":"npm","package":"{}","version":"1.0.0","sha512":"{}","files":[{}]}})", name,
                            hash, files));
  };
  EXPECT_EQ(package("@a/b", sha512, R"("package/model.json")"), "");
  EXPECT_THAT(package("--registry=x", sha512, R"("package/model.json")"), HasSubstr("not the name of a package"));
  EXPECT_THAT(package("@a/b", "short", R"("package/model.json")"), HasSubstr("\"sha512\" must be"));
  EXPECT_THAT(package("@a/b", sha512, R"("package/weights")"), HasSubstr("has no model.json"));
  const auto named = [&](std::string_view graph) {
    return with(fmt::format(
        R"({{"kind":"npm","package":"a","version":"1.0.0","sha512":"{}","files":["package/a.json"],"graph":"{}"}})",
        sha512, graph));
  };
  EXPECT_EQ(named("package/a.json"), "");
  EXPECT_THAT(named("package/b.json"), HasSubstr("has no package/b.json"));
  for (const char* path : {"/etc/passwd", "a/../../b", "--to-command=x", "a b", ""}) {
    EXPECT_THAT(package("@a/b", sha512, fmt::format("\"{}\"", path)), HasSubstr("not a path within the package"))
        << path;
  }
}

TEST(ZooTest, NamesAreUnique) {
  const std::string one = DescriptionWith("", "");
  const std::string entry = one.substr(one.find('[') + 1, one.rfind(']') - one.find('[') - 1);
  const std::string two = "{\"models\":[" + entry + "," + entry + "]}";
  EXPECT_THAT(ParseEntries(two).status().message(), HasSubstr("\"a\" is there twice"));
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
  const auto frozen = Put("models/mobilenet_thin_pb/graph_opt.pb");
  EXPECT_EQ(Locate("mobilenet_thin_pb").value(), frozen) << "the model's own folder comes first";
  const auto own = Put("models/my_own/model.json");
  EXPECT_EQ(Locate("my_own").value(), own);
  EXPECT_THAT(Locate("other").status().message(), HasSubstr("no model is called \"other\""));
  EXPECT_THAT(Locate("../my_own").status().message(), HasSubstr("is not the name of a model"));
}

// The TensorFlow.js form of a network is no answer to the question for the frozen one.
TEST_F(StoreTest, UpstreamsFolderIsForTheFrozenGraphOnly) {
  const auto web = Put("models/mobilenet_thin/model.json");
  EXPECT_EQ(Locate("mobilenet_thin").value(), web);
  EXPECT_FALSE(Locate("mobilenet_thin_pb").ok());
}

TEST_F(StoreTest, AFolderInTheFilesPlaceIsNoGraph) {
  Put("models/mobilenet_thin/graph_opt.pb/file");
  EXPECT_FALSE(Locate("mobilenet_thin").ok());
}

TEST_F(StoreTest, WhatIsMissingSaysHowToGetIt) {
  EXPECT_THAT(Locate("mobilenet_thin").status().message(),
              HasSubstr("SINEW_MODELS=" + (folder_ / "models").string() + " has no"));
  EXPECT_THAT(Locate("cmu").status().message(), HasSubstr("noncommercial"));
  EXPECT_THAT(Locate("mobilenet_thin").status().message(), HasSubstr("sinew model fetch mobilenet_thin"));
  EXPECT_THAT(Locate("cmu").status().message(), HasSubstr("DIR/cmu/graph_opt.pb and set SINEW_MODELS=DIR"));
}

TEST_F(StoreTest, ChecksumsAgreeWithGitAndNpm) {
  const auto path = Put("hello");
  std::ofstream(path, std::ios::trunc) << "hello\n";
  EXPECT_EQ(GitBlobId(path).value(), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(Sha512Base64(path).value(),
            "58IrmUxZ2c8rSOVJseJGZmNgRZMNPafBrLKZ0cO3+TH5Sq5B7dosKyB6NuEPi8uNRSI+VIePWzFufOO2vAGWKQ==");
}

}  // namespace
}  // namespace sinew::zoo
