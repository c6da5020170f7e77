// Tests of manifests and of what they allow to go on from.
#include "pipeline/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "base/file.h"
#include "base/temporary_folder_test_util.h"
#include "pipeline/frame_journal.h"
#include "pipeline/resumption.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ManifestTest = TemporaryFolderTest;

Manifest Example() {
  return {"sinew 1",
          {"m.sinew", "avx2", "0123"},
          {{"--smoothing", "25"}, {"--compat", "none"}},
          {"r.jsonl"},
          {{"a.jpg", 10, 1}, {"b.mp4", 20, 2}, {"c.jpg", 30, 3}}};
}

TEST_F(ManifestTest, ComesBackAsItWasWritten) {
  const Manifest manifest = Example();
  const fs::path path = Make("m", ToText(manifest) + ToLine({"b_000000000007", 1, 7}) + "{\"done\":\"torn");
  std::vector<ManifestFrame> frames;
  uint64_t complete_bytes = 0;
  const auto read =
      ReadManifest(path, {.frame = [&](const ManifestFrame& frame) { frames.push_back(frame); }}, &complete_bytes);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->producer, manifest.producer);
  EXPECT_EQ(read->artifact, manifest.artifact);
  EXPECT_EQ(read->options, manifest.options);
  EXPECT_EQ(read->parts, manifest.parts);
  EXPECT_EQ(read->inputs, manifest.inputs);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].name, "b_000000000007");
  EXPECT_EQ(frames[0].of, 1u);
  EXPECT_EQ(frames[0].frame, 7);
  EXPECT_EQ(complete_bytes, fs::file_size(path) - 13);
}

TEST_F(ManifestTest, ResultsComeBack) {
  const ManifestResult result = {"a.jpg", 0, {"x/a_keypoints.json", "x/a \xff.png"}, 1, 0, 3};
  std::vector<ManifestResult> results;
  const auto read = ReadManifest(Make("m", ToText(Example()) + ToLine(result)),
                                 {.result = [&](const ManifestResult& r) { results.push_back(r); }});
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].source, "a.jpg");
  EXPECT_EQ(results[0].outputs[0], "x/a_keypoints.json");
  EXPECT_EQ(results[0].people, 3);
  const auto error = [&](const std::string& line) {
    return ReadManifest(Make("m", ToText(Example()) + line + "\n")).status().message();
  };
  EXPECT_THAT(error(R"({"outputs":["a"],"source":"a","of":3,"frames":1,"failed":0,"people":0})"),
              HasSubstr("\"of\" is 3"));
  EXPECT_THAT(error(R"({"outputs":{},"source":"a","of":0})"), HasSubstr("\"outputs\" must be a list"));
  EXPECT_THAT(error(R"({"outputs":[1],"source":"a","of":0})"), HasSubstr("a list of texts"));
  EXPECT_THAT(error(R"({"outputs":[],"source":"a","of":0,"frames":"1"})"), HasSubstr("\"frames\" must be"));
}

TEST_F(ManifestTest, DamageAndOtherVersionsAreNamed) {
  EXPECT_THAT(ReadManifest(Make("m", "")).status().message(), HasSubstr("m: is not a manifest"));
  EXPECT_THAT(ReadManifest(Make("m", "x\n")).status().message(), HasSubstr("m line 1: is not a JSON object"));
  const auto other = ReadManifest(Make("m", "{\"manifest\":2}\n"));
  EXPECT_EQ(other.status().code(), StatusCode::kIncompatible);
  EXPECT_THAT(other.status().message(), HasSubstr("is of version 2, this sinew reads version 1"));
  EXPECT_THAT(ReadManifest(Make("m", ToText(Example()) + ToLine(ManifestFrame{"x", 3, 0}))).status().message(),
              HasSubstr("m line 5: \"of\" is 3, there are 3 inputs"));
}

TEST_F(ManifestTest, OtherOptionsModelsAndProgramsAreRefused) {
  EXPECT_TRUE(CheckSameRun(Example(), Example(), "m").ok());
  Manifest now = Example();
  now.options[0].second = "5";
  EXPECT_EQ(CheckSameRun(Example(), now, "m").code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(CheckSameRun(Example(), now, "m").message(),
              HasSubstr("m: the earlier run had --smoothing 25, this one has 5"));
  now = Example();
  now.options.emplace_back("--new", "1");
  EXPECT_THAT(CheckSameRun(Example(), now, "m").message(), HasSubstr("--new none, this one has 1"));
  EXPECT_FALSE(CheckSameRun(now, Example(), "m").ok());
  now = Example();
  now.artifact.xxh3 = "4567";
  EXPECT_THAT(CheckSameRun(Example(), now, "m").message(), HasSubstr("hash 0123, this one has 4567"));
  now = Example();
  now.producer = "sinew 2";
  EXPECT_THAT(CheckSameRun(Example(), now, "m").message(), HasSubstr("sinew 1, this one has sinew 2"));
}

TEST_F(ManifestTest, InputsMustBeUnchangedAsFarAsTheyWereRead) {
  Manifest now = Example();
  now.inputs.push_back({"d.jpg", 1, 1});
  EXPECT_TRUE(CheckSameInputs(Example(), now, 3, "m").ok()) << "more may follow";
  EXPECT_FALSE(CheckSameInputs(Example(), now, 4, "m").ok());
  now.inputs[1].modified_ns = 5;
  EXPECT_TRUE(CheckSameInputs(Example(), now, 1, "m").ok());
  EXPECT_THAT(CheckSameInputs(Example(), now, 2, "m").message(), HasSubstr("b.mp4 has changed since"));
  now.inputs[1].name = "a.bmp";
  EXPECT_THAT(CheckSameInputs(Example(), now, 2, "m").message(),
              HasSubstr("input 2 of the earlier run was b.mp4, now it is a.bmp"));
}

TEST_F(ManifestTest, WhatIsInStoresHasAnETag) {
  Manifest manifest = Example();
  manifest.inputs.push_back({"s3://b/d.jpg", 40, 0, "\"0123\""});
  manifest.inputs.push_back({"s3://b/below/"});
  const ManifestObject object = {"s3://b/below/ü.jpg", 7, "\"45\""};
  std::vector<ManifestObject> objects;
  std::vector<ManifestFrame> frames;
  const ManifestReader reader = {[&](const ManifestObject& o) { objects.push_back(o); },
                                 [&](const ManifestFrame& frame) { frames.push_back(frame); },
                                 {}};
  const auto read =
      ParseManifest(ToText(manifest) + ToLine(object) + ToLine(ManifestFrame{"ü", 4, 0, "\"45\""}), "m", reader);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->inputs, manifest.inputs);
  EXPECT_THAT(objects, ElementsAre(object));
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].etag, "\"45\"");
  Manifest now = manifest;
  now.inputs[3].etag = "\"4567\"";
  EXPECT_TRUE(CheckSameInputs(manifest, now, 3, "m").ok());
  EXPECT_THAT(CheckSameInputs(manifest, now, 4, "m").message(), HasSubstr("s3://b/d.jpg has changed since"));
  for (const char* bad : {"{\"object\":1}", "{\"object\":\"a\",\"bytes\":\"x\",\"etag\":\"\"}",
                          "{\"input\":\"a\",\"bytes\":1,\"etag\":2}", "{\"input\":\"a\",\"bytes\":1}"})
    EXPECT_EQ(ParseManifest(ToText(manifest) + bad + "\n", "m").status().code(), StatusCode::kCorrupt) << bad;
}

TEST_F(ManifestTest, InputsAreCountedByTheirRecords) {
  const Manifest manifest = Example();
  const auto count = [&](const std::vector<std::pair<std::string, int64_t>>& frames) {
    InputCounter counter(manifest.inputs);
    for (const auto& [source, frame] : frames) counter.Add({.source = source, .frame = frame});
    return counter.count();
  };
  EXPECT_EQ(count({}), 0u);
  EXPECT_EQ(count({{"a.jpg", 0}}), 1u);
  EXPECT_EQ(count({{"a.jpg", 0}, {"b.mp4", 0}, {"b.mp4", 1}}), 2u);
  EXPECT_EQ(count({{"a.jpg", 0}, {"c.jpg", 0}}), 3u) << "b.mp4 may have no frame";
  EXPECT_EQ(count({{"x.jpg", 0}}), 4u) << "more than there are";
  EXPECT_GT(count({{"a.jpg", 0}, {"a.jpg", 0}}), 3u) << "named once, read twice";
}

TEST_F(ManifestTest, TheManifestSaysWhichLinesAreMeant) {
  const fs::path jsonl = folder_ / "r.jsonl";
  const auto found = [&] {
    const Result<EarlierRun> run = FindEarlierRun(jsonl);
    return run.ok() ? run->lines.filename().string() + " " + run->manifest.filename().string() : run.status().message();
  };
  EXPECT_EQ(found(), " ");
  Make("r.jsonl", "x");
  EXPECT_THAT(found(), HasSubstr("r.jsonl: has no manifest"));
  Make("r.jsonl.manifest", "x");
  EXPECT_EQ(found(), "r.jsonl r.jsonl.manifest");
  Make("r.jsonl.part", "");
  EXPECT_EQ(found(), "r.jsonl r.jsonl.manifest") << "killed before it had begun";
  Make("r.jsonl.part", "x");
  EXPECT_THAT(found(), HasSubstr("r.jsonl.part: has no manifest"));
  Make("r.jsonl.manifest.part", "x");
  EXPECT_EQ(found(), "r.jsonl.part r.jsonl.manifest.part");
  fs::remove(folder_ / "r.jsonl.part");
  EXPECT_EQ(found(), "r.jsonl r.jsonl.manifest.part") << "killed while it was given its names";
}

class FrameJournalTest : public TemporaryFolderTest {
 protected:
  Result<FrameJournal> Open(const Manifest& run, bool resume) { return FrameJournal::Open(folder_, run, resume, {}); }
  void Write(const Manifest& run, bool resume, const ManifestFrame& frame) {
    FrameJournal journal = Open(run, resume).value();
    ASSERT_TRUE(journal.Begin().ok());
    ASSERT_TRUE(journal.Add(frame).ok());
    ASSERT_TRUE(journal.Finish().ok());
  }
};

TEST_F(FrameJournalTest, FramesOfTheSameInputsAreDone) {
  Write(Example(), false, {"a", 0, 0});
  Write(Example(), true, {"b_7", 1, 7});
  const FrameJournal journal = Open(Example(), true).value();
  EXPECT_TRUE(journal.IsDone({"a", 0, 0}));
  EXPECT_TRUE(journal.IsDone({"b_7", 1, 7}));
  EXPECT_FALSE(journal.IsDone({"b_7", 1, 8}));
  EXPECT_FALSE(journal.IsDone({"a", 2, 0})) << "another input has the name now";
  EXPECT_FALSE(journal.IsDone({"a", 9, 0}));
}

TEST_F(FrameJournalTest, ChangedInputsAreDoneAgainAndTheOthersAreNot) {
  Write(Example(), false, {"a", 0, 0});
  Write(Example(), true, {"c", 2, 0});
  Manifest now = Example();
  now.inputs[0].modified_ns = 77;
  now.inputs.insert(now.inputs.begin() + 1, {"aa.jpg", 1, 1});
  Write(now, true, {"aa", 1, 0});
  const FrameJournal journal = Open(now, true).value();
  EXPECT_FALSE(journal.IsDone({"a", 0, 0}));
  EXPECT_TRUE(journal.IsDone({"aa", 1, 0}));
  EXPECT_TRUE(journal.IsDone({"c", 3, 0})) << "at another place now";
}

TEST_F(FrameJournalTest, OtherOptionsAreRefusedAndNewRunsForget) {
  Write(Example(), false, {"a", 0, 0});
  Manifest now = Example();
  now.options[0].second = "5";
  EXPECT_THAT(Open(now, true).status().message(), HasSubstr("the earlier run had --smoothing 25, this one has 5"));
  EXPECT_TRUE(Open(Example(), true)->IsDone({"a", 0, 0})) << "refused, and untouched";
  Write(now, false, {"b", 1, 0});
  EXPECT_FALSE(Open(now, true)->IsDone({"a", 0, 0}));
}

TEST_F(FrameJournalTest, ALineThatWasCutShortIsNoFrame) {
  Write(Example(), false, {"a", 0, 0});
  std::ofstream(folder_ / ".sinew-manifest.part", std::ios::app) << ToLine(ManifestFrame{"b", 1, 0}).substr(0, 9);
  Write(Example(), true, {"c", 2, 0});
  const FrameJournal journal = Open(Example(), true).value();
  EXPECT_TRUE(journal.IsDone({"a", 0, 0}));
  EXPECT_FALSE(journal.IsDone({"b", 1, 0}));
  EXPECT_TRUE(journal.IsDone({"c", 2, 0}));
}

TEST_F(FrameJournalTest, TwoRunsMayShareAFolder) {
  FrameJournal first = Open(Example(), false).value();
  ASSERT_TRUE(first.Begin().ok());
  FrameJournal second = Open(Example(), false).value();
  EXPECT_TRUE(second.Begin().ok());
  EXPECT_TRUE(second.Add({"b", 1, 0}).ok());
  EXPECT_THAT(Open(Example(), true).status().message(), HasSubstr("another process is writing it"));
  ASSERT_TRUE(first.Add({"a", 0, 0}).ok());
  ASSERT_TRUE(first.Finish().ok());
  EXPECT_TRUE(second.Finish().ok());
  EXPECT_TRUE(Open(Example(), true)->IsDone({"a", 0, 0}));
}

}  // namespace
}  // namespace sinew::pipeline
