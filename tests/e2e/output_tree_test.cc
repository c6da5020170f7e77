// --output-dir and --write-video DIR/: a folder of results that mirrors the inputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "media/video/video.h"
#include "results/jsonl.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OutputTreeTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
    for (const char* folder : {"in/x", "in/y/deep"}) fs::create_directories(folder_ / folder);
    for (const char* picture : {"in/a.png", "in/x/a.png", "in/x/b.png", "in/y/deep/c.png"})
      fs::copy(folder_ / "a.png", folder_ / picture);
    fs::copy(folder_ / "b ü.jpg", folder_ / "in/x/a.jpg");
    MakeVideo("in/y/walk.avi", 4);
    MakeVideo("in/x/a.mp4", 3);
  }

  void MakeVideo(const std::string& name, int frames) const {
    auto writer = media::CreateVideo(folder_ / name, {80, 60, 10}).value();
    for (int i = 0; i < frames; ++i)
      ASSERT_TRUE(writer->Write(media::ReadImage(folder_ / "a.png").value(), i / 10.0).ok());
    ASSERT_TRUE(writer->Finish(frames / 10.0, /*complete=*/true).ok());
  }

  std::set<std::string> Files(const std::string& folder) const {
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / folder)) {
      if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(folder_ / folder).string());
    }
    return files;
  }

  // Of the index: the outputs by the input.
  std::map<std::string, std::vector<std::string>> Index(const std::string& file) const {
    std::map<std::string, std::vector<std::string>> outputs;
    std::istringstream lines(Content(file));
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json.contains("outputs")) outputs[json["source"]] = json["outputs"].get<std::vector<std::string>>();
    }
    return outputs;
  }

  int FramesIn(const fs::path& video) const {
    auto reader = media::OpenVideo(folder_ / video).value();
    media::Image frame;
    int frames = 0;
    while (reader->Next(&frame).value()) ++frames;
    return frames;
  }
};

TEST_F(OutputTreeTest, MirrorsTheInputs) {
  const Outcome outcome = Sinew("run in --recursive --model m.sinew --output-dir out -q");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(
      Files("out"),
      UnorderedElementsAre("manifest.jsonl", "a_keypoints.json", "a_rendered.png", "x/a_keypoints.json",
                           "x/a_rendered.png", "x/a-2.jsonl", "x/a-2.csv", "x/a-2_rendered.mp4", "x/a-3_keypoints.json",
                           "x/a-3_rendered.png", "x/b_keypoints.json", "x/b_rendered.png", "y/deep/c_keypoints.json",
                           "y/deep/c_rendered.png", "y/walk.jsonl", "y/walk.csv", "y/walk_rendered.mp4"));
  const auto index = Index("out/manifest.jsonl");
  ASSERT_EQ(index.size(), 7u);
  EXPECT_THAT(index.at("in/x/a.jpg"), ElementsAre("x/a_keypoints.json", "x/a_rendered.png"));
  EXPECT_THAT(index.at("in/x/a.mp4"), ElementsAre("x/a-2_rendered.mp4", "x/a-2.jsonl", "x/a-2.csv"));
  EXPECT_THAT(index.at("in/x/a.png"), ElementsAre("x/a-3_keypoints.json", "x/a-3_rendered.png"));
  EXPECT_EQ(FramesIn("out/y/walk_rendered.mp4"), 4);
  EXPECT_EQ(FramesIn("out/x/a-2_rendered.mp4"), 3);
  int records = 0;
  const auto read = results::ReadJsonLines(folder_ / "out/y/walk.jsonl", [&](results::Record record) {
    EXPECT_EQ(record.source, "in/y/walk.avi");
    EXPECT_EQ(record.frame, records++);
    return Status();
  });
  EXPECT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(records, 4);
  PeopleIn("out/y/deep/c_keypoints.json");
}

// What comes out one by one is what comes out of the run of all.
TEST_F(OutputTreeTest, FilesAreThoseOfRunsOfTheirOwn) {
  ASSERT_EQ(Sinew("run in --recursive --model m.sinew --output-dir out -q").code, 0);
  ASSERT_EQ(Sinew("run in/y/deep/c.png --model m.sinew --write-json one --write-images one -q").code, 0);
  ASSERT_EQ(Sinew("run in/y/walk.avi --model m.sinew --write-csv one/walk.csv --write-jsonl one/walk.jsonl -q").code,
            0);
  EXPECT_EQ(Content("out/y/deep/c_keypoints.json"), Content("one/c_keypoints.json"));
  EXPECT_EQ(Content("out/y/deep/c_rendered.png"), Content("one/c_rendered.png"));
  EXPECT_EQ(Content("out/y/walk.csv"), Content("one/walk.csv"));
  EXPECT_EQ(Content("out/y/walk.jsonl"), Content("one/walk.jsonl"));
}

TEST_F(OutputTreeTest, ResumesWithWhatIsNotDone) {
  const std::string command = "run in --recursive --model m.sinew --output-dir out --resume";
  ASSERT_EQ(Sinew(command).code, 0);
  const auto time = fs::last_write_time(folder_ / "out/y/walk.jsonl");
  MakeVideo("in/x/a.mp4", 5);                             // changed
  fs::remove(folder_ / "out/y/deep/c_rendered.png");      // lost
  fs::copy(folder_ / "a.png", folder_ / "in/y/new.png");  // new
  const Outcome outcome = Sinew(command);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("5 of 8 inputs were done by an earlier run"));
  EXPECT_THAT(outcome.out, HasSubstr("in/x/a.mp4: 5 frames"));
  EXPECT_EQ(FramesIn("out/x/a-2_rendered.mp4"), 5);
  EXPECT_TRUE(fs::exists(folder_ / "out/y/deep/c_rendered.png"));
  EXPECT_TRUE(fs::exists(folder_ / "out/y/new_keypoints.json"));
  EXPECT_EQ(fs::last_write_time(folder_ / "out/y/walk.jsonl"), time);
  EXPECT_EQ(Index("out/manifest.jsonl").size(), 8u);
  EXPECT_THAT(Sinew(command + " --threshold 0.2").err, HasSubstr("the earlier run had --threshold 0.05"));
  const Outcome nothing = Sinew(command);
  EXPECT_EQ(nothing.code, 0) << nothing.err;
  EXPECT_THAT(nothing.err, HasSubstr("8 of 8 inputs were done"));
  EXPECT_EQ(Index("out/manifest.jsonl").size(), 8u);
}

// As archives are: folders in folders, names that need quoting, equal stems, damaged files, and what is no picture.
TEST_F(OutputTreeTest, ThreeHundredMixedFiles) {
  fs::remove_all(folder_ / "in");
  const std::vector<std::string> folders = {"", "a/", "a/deep/", "b ü/", "c\"q'/", "d; e/"};
  std::set<std::string> inputs;
  const auto place = [&](const fs::path& from, const std::string& to) {
    fs::create_directories((folder_ / "in" / to).parent_path());
    fs::copy(folder_ / from, folder_ / "in" / to);
    inputs.insert("in/" + to);
  };
  ASSERT_TRUE(WriteFile(folder_ / "damaged", "\xff\xd8\xff no picture").ok());
  MakeVideo("walk.avi", 3);
  for (int i = 0; i < 40; ++i) {
    for (const std::string& folder : folders) place("a.png", folder + std::to_string(i) + ".png");
  }
  for (const std::string& folder : folders) {
    place("b ü.jpg", folder + "0.jpg");
    place("a.png", folder + "picture without suffix");
    place("damaged", folder + "damaged.jpg");
    place("walk.avi", folder + "0.avi");
    for (int i = 0; i < 6; ++i)
      ASSERT_TRUE(WriteFile(folder_ / "in" / (folder + "notes" + std::to_string(i) + ".txt"), "notes").ok());
  }
  ASSERT_EQ(Files("in").size(), 300u);
  const Outcome outcome = Sinew("run in --recursive --model m.sinew --output-dir out");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(" 6 failed, 36 files skipped"));
  EXPECT_THAT(outcome.err, HasSubstr("in/a/notes0.txt: skipped: is text"));

  // Each input has files of its own, in a folder that is called as its own; nothing else is there.
  std::set<std::string> named = {"manifest.jsonl"}, sources;
  for (const auto& [source, outputs] : Index("out/manifest.jsonl")) {
    sources.insert(source);
    const bool failed = source.ends_with("damaged.jpg"), video = source.ends_with(".avi");
    EXPECT_EQ(outputs.size(), failed ? 1u : video ? 3u : 2u) << source;
    for (const std::string& output : outputs) {
      EXPECT_TRUE(named.insert(output).second) << output << " is of two inputs";
      EXPECT_EQ(("in" / fs::path(output)).parent_path(), fs::path(source).parent_path());
    }
  }
  EXPECT_EQ(sources, inputs);
  EXPECT_EQ(Files("out"), named);
}

TEST_F(OutputTreeTest, ResultsAreNoInputs) {
  ASSERT_EQ(Sinew("run in --recursive --model m.sinew --output-dir in/results -q").code, 0);
  const auto before = Files("in/results");
  const Outcome again = Sinew("run in --recursive --model m.sinew --output-dir in/results");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("files in in/results are results, and left out"));
  EXPECT_EQ(Files("in/results"), before);
  const Outcome same = Sinew("run in --recursive --model m.sinew --output-dir in");
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("the inputs lie in there"));
}

TEST_F(OutputTreeTest, BadInputsHaveTheirErrors) {
  ASSERT_TRUE(WriteFile(folder_ / "in/bad.jpg", "no picture").ok());
  const Outcome outcome = Sinew("run in missing.png --recursive --model m.sinew --output-dir out -q");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(Content("out/bad_keypoints.json"), HasSubstr("is neither a picture nor a video"));
  EXPECT_FALSE(fs::exists(folder_ / "out/bad_rendered.png"));
  EXPECT_THAT(Index("out/manifest.jsonl").at("in/bad.jpg"), ElementsAre("bad_keypoints.json"));
}

TEST_F(OutputTreeTest, VideosAlone) {
  const Outcome outcome = Sinew("run in --recursive --model m.sinew --write-video videos/ -q");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(Files("videos"), UnorderedElementsAre("manifest.jsonl", "x/a-2_rendered.mp4", "y/walk_rendered.mp4"));
  EXPECT_THAT(Sinew("run in --model m.sinew --write-video videos/ --write-json j --resume").err,
              HasSubstr("--resume with --write-video DIR/ and other outputs"));
}

TEST_F(OutputTreeTest, BesideOtherOutputs) {
  const Outcome outcome =
      Sinew("run in/y/walk.avi in/a.png --model m.sinew --output-dir out --write-video all.mp4 --write-csv all.csv -q");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(FramesIn("all.mp4"), 5);
  EXPECT_EQ(FramesIn("out/walk_rendered.mp4"), 4);
}

TEST_F(OutputTreeTest, LeavesPartsWhereItIsInterrupted) {
  MakeVideo("in/z.avi", 400);
  const Outcome outcome = Shell(
      "\"$SINEW\" run in --model m.sinew --output-dir out -q --max-rate 50 & pid=$!; "
      "while [ ! -s out/z.jsonl.part ]; do sleep 0.05; done; kill -INT $pid; wait $pid");
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_TRUE(fs::exists(folder_ / "out/a_keypoints.json"));
  EXPECT_TRUE(fs::exists(folder_ / "out/manifest.jsonl.part"));
  EXPECT_FALSE(fs::exists(folder_ / "out/manifest.jsonl"));
  EXPECT_FALSE(fs::exists(folder_ / "out/z.jsonl"));
  EXPECT_THAT(Index("out/manifest.jsonl.part").at("in/a.png"), ElementsAre("a_keypoints.json", "a_rendered.png"));
  const Outcome rest = Sinew("run in --model m.sinew --output-dir out --resume");
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("1 of 2 inputs were done by an earlier run"));
  EXPECT_EQ(FramesIn("out/z_rendered.mp4"), 400);
  EXPECT_FALSE(fs::exists(folder_ / "out/z.jsonl.part"));
}

}  // namespace
}  // namespace sinew
