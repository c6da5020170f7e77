// `sinew run` from end to end: inputs in, all outputs out, and everything that can go wrong on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/npy.h"
#include "media/backend.h"
#include "media/images/image.h"
#include "media/video/video.h"
#include "results/jsonl.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class RunTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
  }

  Outcome RunModel(const std::string& arguments) const { return Sinew("run --model m.sinew " + arguments); }

  void WritePicture(const fs::path& path, int width, int height, int seed = 1) const {
    media::Image image = media::Image::OfSize(width, height);
    for (size_t i = 0; i < image.pixels.size(); ++i)
      image.pixels[i] = static_cast<uint8_t>(i * i / 77 + static_cast<size_t>(seed) * i);
    fs::create_directories((folder_ / path).parent_path());
    ASSERT_TRUE(media::WriteImage(folder_ / path, image).ok());
  }
  // Names of one picture many times: a run that takes seconds.
  void WriteLongList(int count) const {
    std::string list;
    for (int i = 0; i < count; ++i) list += "a.png\n";
    ASSERT_TRUE(WriteFile(folder_ / "long.txt", list).ok());
  }
  // Runs all of the long list, and sends it a signal once some records are written.
  Outcome RunUntilSignalled(const std::string& signal, const std::string& outputs) const {
    return Shell("{ until [ \"$(wc -l <r.jsonl.part)\" -ge 3 ]; do sleep 0.02; done 2>/dev/null; kill -" + signal +
                 " \"$(cat pid)\"; } &\n"
                 "sh -c 'echo $$ >pid; exec \"$SINEW\" run @long.txt --model m.sinew --write-jsonl r.jsonl " +
                 outputs + "'");
  }
  int CountFrames(const fs::path& video) const {
    auto reader = media::OpenVideo(folder_ / video);
    if (!reader.ok()) return -1;
    int frames = 0;
    for (media::Image frame; (*reader)->Next(&frame).value();) ++frames;
    return frames;
  }
  std::vector<results::Record> Records(const fs::path& path) const {
    std::vector<results::Record> records;
    const auto sink = [&](results::Record record) {
      records.push_back(std::move(record));
      return Status();
    };
    EXPECT_TRUE(results::ReadJsonLines(folder_ / path, sink).ok()) << path;
    return records;
  }
  size_t FilesIn(const fs::path& path) const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_ / path), fs::directory_iterator()));
  }
};

TEST_F(RunTest, EveryFrameHasOneRecordInTheOrderOfTheInputs) {
  WritePicture("in/10.png", 80, 60);
  WritePicture("in/2.jpg", 33, 97);
  ASSERT_TRUE(WriteFile(folder_ / "in/3.jpg", "damaged").ok());
  WriteVideo("in/4 ü.avi", 7);
  WritePicture("in/below/11.png", 20, 20);
  const std::string outputs =
      "--write-jsonl {}.jsonl --write-csv {}.csv --write-coco-json {}.json --write-json {} --write-heatmaps {} --boxes "
      "--cores ";
  for (const auto& [name, cores] : {std::pair{"one", "1"}, {"two", "4"}}) {
    std::string arguments = "in missing.png --recursive " + outputs + cores;
    for (size_t at; (at = arguments.find("{}")) != std::string::npos;) arguments.replace(at, 2, name);
    const Outcome outcome = RunModel(arguments);
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("in/3.jpg: "), HasSubstr("missing.png: ")));
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("in/4 ü.avi: 7 frames"), HasSubstr("12 frames"), HasSubstr("2 failed")));
  }
  std::vector<std::string> order;
  for (const results::Record& record : Records("one.jsonl")) {
    order.push_back(record.source + " " + std::to_string(record.frame) + (record.error.empty() ? "" : " !"));
    EXPECT_EQ(record.error.empty(), record.width > 0) << order.back();
    EXPECT_EQ(record.seconds.has_value(), record.source == "in/4 ü.avi") << order.back();
  }
  EXPECT_THAT(order, ElementsAre("in/2.jpg 0", "in/3.jpg 0 !", "in/4 ü.avi 0", "in/4 ü.avi 1", "in/4 ü.avi 2",
                                 "in/4 ü.avi 3", "in/4 ü.avi 4", "in/4 ü.avi 5", "in/4 ü.avi 6", "in/10.png 0",
                                 "in/below/11.png 0", "missing.png 0 !"));
  for (const char* extension : {".jsonl", ".csv", ".json"}) {
    EXPECT_EQ(Content(std::string("one") + extension), Content(std::string("two") + extension))
        << "the same bytes, whatever the threads do";
  }
  EXPECT_EQ(FilesIn("one"), 12u + 10u) << "a JSON of every frame, maps of the readable ones";
  for (const auto& entry : fs::directory_iterator(folder_ / "one")) {
    EXPECT_EQ(Content(fs::path("one") / entry.path().filename()), Content(fs::path("two") / entry.path().filename()));
  }
}

TEST_F(RunTest, NothingInAFolderVanishesSilently) {
  WritePicture("in/a.png", 80, 60);
  fs::copy_file(folder_ / "in/a.png", folder_ / "in/b.no_usual_suffix");
  ASSERT_TRUE(WriteFile(folder_ / "in/notes.txt", "these are notes").ok());
  const Outcome outcome = Shell("mkfifo in/pipe.jpg && \"$SINEW\" run --model m.sinew in");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("in/notes.txt: skipped: is text"), HasSubstr("in/pipe.jpg: skipped: is a named pipe")));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("in/b.no_usual_suffix: "), HasSubstr("2 frames"), HasSubstr("2 files skipped")));
  EXPECT_EQ(RunModel("in -q").err, "");
}

// A pipe that nobody writes into ends with the first Ctrl-C.
TEST_F(RunTest, WaitingForAPipeCanBeInterrupted) {
  for (const char* input : {"pipe", "@pipe"}) {
    const Outcome outcome =
        Shell("rm -f pipe && mkfifo pipe && timeout --preserve-status -s INT -k 20 2 \"$SINEW\" run --model m.sinew " +
              std::string(input));
    EXPECT_EQ(outcome.code, 130) << input << outcome.err;
  }
}

TEST_F(RunTest, FailFastStopsAtTheFirst) {
  ASSERT_TRUE(WriteFile(folder_ / "bad.jpg", "damaged").ok());
  const Outcome outcome = RunModel("a.png bad.jpg a.png a.png a.png --fail-fast --write-jsonl r.jsonl");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(Records("r.jsonl.part").size(), 2u);
  EXPECT_FALSE(fs::exists(folder_ / "r.jsonl")) << "it is not whole";
}

// A run that stops, is refused, or whose disk is full: what good runs have left is as it was.
TEST_F(RunTest, RunsThatFailLeaveEarlierResults) {
  ASSERT_TRUE(WriteFile(folder_ / "bad.jpg", "damaged").ok());
  const std::string outputs = " --write-jsonl r.jsonl --write-csv r.csv --write-coco-json r.json";
  ASSERT_EQ(RunModel("a.png 'b ü.jpg'" + outputs).code, 0);
  const std::string lines = Content("r.jsonl"), csv = Content("r.csv"), coco = Content("r.json");
  for (const char* arguments : {"bad.jpg a.png --fail-fast", "bad.jpg a.png --fail-fast --resume",
                                "'b ü.jpg' a.png --resume", "a.png --write-json /sys", "a.png --write-images m.sinew",
                                "a.png 'b ü.jpg' --threshold 0.2 --resume", "a.png --write-heatmaps /dev/null/x"}) {
    const Outcome outcome = RunModel(arguments + outputs);
    EXPECT_NE(outcome.code, 0) << arguments;
    EXPECT_EQ(Content("r.jsonl"), lines) << arguments;
    EXPECT_EQ(Content("r.csv"), csv) << arguments;
    EXPECT_EQ(Content("r.json"), coco) << arguments;
  }
}

TEST_F(RunTest, AnOutputIsNeverAnInput) {
  WriteVideo("v.avi", 3);
  fs::create_symlink("v.avi", folder_ / "link.avi");
  fs::create_hard_link(folder_ / "a.png", folder_ / "hard.jsonl");
  fs::create_directories(folder_ / "j");
  fs::copy(folder_ / "a.png", folder_ / "j/a_rendered.png");
  ASSERT_TRUE(WriteFile(folder_ / "list.txt", "a.png\n").ok());
  ASSERT_TRUE(WriteFile(folder_ / "l.part", "a.png\n").ok());
  for (const char* arguments :
       {"v.avi --write-video v.avi", "v.avi --write-video ./link.avi", "link.avi --write-video v.avi",
        "a.png --write-jsonl hard.jsonl", "@list.txt --write-jsonl list.txt", "@l.part --write-csv l",
        "a.png --write-coco-json ./m.sinew", "a.png --write-csv x --write-coco-json ./x",
        "a.png --write-csv x --write-jsonl x.part", "a.png j/a_rendered.png --write-images j",
        "a.png --write-images j --write-csv j/a_rendered.png"}) {
    std::map<std::string, std::string> before;
    for (const char* file : {"v.avi", "a.png", "list.txt", "l.part", "m.sinew", "j/a_rendered.png"})
      before[file] = Content(file);
    const Outcome outcome = RunModel(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("choose another")) << arguments;
    for (const auto& [file, content] : before) EXPECT_EQ(Content(file), content) << arguments;
  }
  EXPECT_EQ(Sinew("compile graph.pb --net-resolution 64x48 -o ./graph.pb").code, 2);
  EXPECT_EQ(Sinew("export graph.pb -o ../\"$(basename \"$PWD\")\"/graph.pb").code, 2);
  EXPECT_EQ(Sinew("exec m.sinew --input a.png --output m.sinew").code, 2);
  EXPECT_EQ(Sinew("profile m.sinew a.png --trace a.png --repeats 1").code, 2);
  EXPECT_EQ(RunModel("a.png --write-images j").code, 0) << "j/a_rendered.png is not an input now";
}

// A file whose name is right and whose content is another's.
TEST_F(RunTest, FilesAreBelievedByWhatTheyWereMadeOf) {
  WritePicture("in/a.jpg", 80, 60, 3);
  ASSERT_EQ(RunModel("in --write-json j").code, 0);
  const std::string first = Content("j/a_keypoints.json");
  EXPECT_THAT(RunModel("in --write-json j --resume").out, HasSubstr("1 of them done before"));
  WritePicture("in/a.jpeg", 200, 31, 9);
  const Outcome outcome = RunModel("in --write-json j --resume");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("done before"))) << "a_keypoints.json is of a.jpeg now";
  ASSERT_EQ(RunModel("in --write-json whole").code, 0);
  for (const char* file : {"a_keypoints.json", "a-2_keypoints.json"})
    EXPECT_EQ(Content(fs::path("j") / file), Content(fs::path("whole") / file)) << file;
  EXPECT_EQ(RunModel("in --write-json j --resume --threshold 0.3").code, 2);
  // The same name and another content.
  WritePicture("in/a.jpg", 81, 60, 4);
  EXPECT_THAT(RunModel("in --write-json j --resume").out, HasSubstr("1 of them done before"));
  ASSERT_EQ(RunModel("in --write-jsonl r.jsonl").code, 0);
  WritePicture("in/a.jpg", 82, 60, 5);
  EXPECT_THAT(RunModel("in --write-jsonl r.jsonl --resume").err, HasSubstr("in/a.jpg has changed since"));
}

TEST_F(RunTest, FilesWithoutAManifestAreNotBelieved) {
  ASSERT_EQ(RunModel("a.png --write-jsonl r.jsonl").code, 0);
  fs::remove(folder_ / "r.jsonl.manifest");
  const Outcome outcome = RunModel("a.png --write-jsonl r.jsonl --resume");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("r.jsonl: has no manifest"));
}

TEST_F(RunTest, PlantedLinksAreNotFollowed) {
  ASSERT_TRUE(WriteFile(folder_ / "mine", "kept").ok());
  fs::create_symlink("mine", folder_ / "r.jsonl.part");
  fs::create_symlink("mine", folder_ / "r.csv.part");
  for (const char* arguments : {"a.png --write-jsonl r.jsonl", "a.png --write-csv r.csv"}) {
    const Outcome outcome = RunModel(arguments);
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.err, HasSubstr(".part: is a symbolic link"));
  }
  EXPECT_EQ(Content("mine"), "kept");
}

// The model is mapped: whoever cuts or overwrites it takes the ground from under the run.
TEST_F(RunTest, AModelThatChangesUnderTheRunIsNamed) {
  WriteLongList(100000);
  for (const char* change :
       {"truncate -s 64 m.sinew", "dd if=/dev/zero of=m.sinew bs=4096 seek=1 count=8 conv=notrunc"}) {
    fs::remove(folder_ / "m.sinew");
    Compile();
    const Outcome outcome =
        Shell(std::string("{ until [ \"$(wc -l <r.jsonl.part)\" -ge 3 ]; do sleep 0.02; done; ") + change +
              "; } 2>/dev/null &\n\"$SINEW\" run @long.txt --model m.sinew --write-jsonl r.jsonl -q");
    EXPECT_TRUE(outcome.code == 1 || outcome.code == 3) << change << ": " << outcome.code << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("m.sinew: was "), HasSubstr("while it was in use"))) << change;
    EXPECT_GE(Records("r.jsonl.part").size(), 3u) << "what was done stays";
    fs::remove(folder_ / "r.jsonl.part");
    fs::remove(folder_ / "r.jsonl.manifest.part");
  }
}

TEST_F(RunTest, PicturesOfEverySize) {
  for (const auto& [name, width, height] :
       {std::tuple{"dot.png", 1, 1}, {"line.png", 300, 1}, {"column.png", 1, 300}, {"large.jpg", 900, 700}}) {
    WritePicture(name, width, height);
  }
  for (const char* options :
       {"", "--resize-mode pad", "--region 0,0,1,1", "--render quad --write-images q --rotate 90"}) {
    const Outcome outcome = RunModel(std::string("dot.png line.png column.png large.jpg ") + options);
    EXPECT_EQ(outcome.code, 0) << options << outcome.err;
  }
  const Outcome refused = RunModel("large.jpg dot.png --max-pixels 1000");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("large.jpg: a picture of 900x700 pixels, the limit is 1000"));
}

TEST_F(RunTest, TheResolutionFollowsThePicture) {
  WritePicture("wide.png", 200, 50);
  const Outcome outcome = Sinew("run wide.png a.png --model graph.pb --net-resolution -1x48 --write-heatmaps h");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("for 192x48"), HasSubstr("for 64x48")));
  EXPECT_THAT(ReadNpy(folder_ / "h/wide_pose_heatmaps.npy").value().shape, ElementsAre(6, 24, 57));
  const Outcome scales = Sinew(
      "run wide.png --model graph.pb --net-resolution 192x64 --scale-number 3 --scale-gap 0.25 --resize-mode pad "
      "--write-heatmaps h");
  EXPECT_EQ(scales.code, 0) << scales.err;
  EXPECT_THAT(scales.err, HasSubstr("for 192x64,144x48,96x32"));
  EXPECT_THAT(ReadNpy(folder_ / "h/wide_pose_heatmaps.npy").value().shape, ElementsAre(6, 24, 57))
      << "without what pads it";
  EXPECT_THAT(Sinew("run wide.png --model graph.pb --net-resolution -1x-1").err,
              HasSubstr("\"-1x-1\" is not a resolution"));
  EXPECT_THAT(RunModel("a.png --scale-number 2 --scale-gap 0.75").err, HasSubstr("leave nothing of 64x48"));
  EXPECT_THAT(RunModel("a.png --net-resolution 80x48").err,
              HasSubstr("m.sinew: was compiled for 64x48, not for 80x48"));
}

TEST_F(RunTest, PicturesOfAllShapesShareAFewResolutionsInOneFile) {
  std::filesystem::create_directory(folder_ / "shapes");
  constexpr int kPictures = 100;
  for (int i = 0; i < kPictures; ++i) {
    // From 1:5 to 5:1.
    const double width_by_height = std::pow(5, 2.0 * i / (kPictures - 1) - 1);
    WritePicture(("shapes/" + std::to_string(100 + i) + ".png").c_str(),
                 static_cast<int>(std::lround(80 * std::sqrt(width_by_height))),
                 static_cast<int>(std::lround(80 / std::sqrt(width_by_height))));
  }
  const Outcome outcome = Sinew("run shapes --model graph.pb --net-resolution -1x128 --write-jsonl all.jsonl");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string records = Content("all.jsonl");
  EXPECT_EQ(std::count(records.begin(), records.end(), '\n'), kPictures);
  EXPECT_THAT(records, Not(HasSubstr("\"error\"")));
  size_t compiled = 0;
  for (size_t at = 0; (at = outcome.err.find("compiling graph.pb", at)) != std::string::npos; ++at) ++compiled;
  EXPECT_GE(compiled, 10u);
  EXPECT_LE(compiled, 26u) << "of the 39 widths from 32 to 640";
  EXPECT_EQ(Shell("ls cache/sinew/compiled/*.sinew | wc -l").out, "1\n");
  EXPECT_THAT(Sinew("run shapes --model graph.pb --net-resolution -1x128 --write-jsonl again.jsonl").err,
              Not(HasSubstr("compiling")));
  EXPECT_EQ(Content("again.jsonl"), records);
}

TEST_F(RunTest, StandardInputAndOutput) {
  const Outcome picture = Shell("cat a.png | \"$SINEW\" run - --model m.sinew --write-jsonl -");
  EXPECT_EQ(picture.code, 0) << picture.err;
  EXPECT_THAT(picture.out, AllOf(HasSubstr("{\"source\":\"stdin\",\"frame\":0"), Not(HasSubstr("ms"))))
      << "results alone";
  EXPECT_THAT(Shell("cat 'b ü.jpg' 'b ü.jpg' | \"$SINEW\" run - --model m.sinew --write-jsonl - -q").out,
              HasSubstr("\"frame\":1"));
  EXPECT_THAT(RunModel("-").err, HasSubstr("stdin: is empty"));
  const Outcome deaf =
      Shell("\"$SINEW\" run @long.txt --model m.sinew --write-jsonl - 2>err2.txt | head -n 1; cat err2.txt");
  EXPECT_NE(deaf.out, "");
}

TEST_F(RunTest, WhatNobodyReadsEndsTheRun) {
  WriteLongList(100000);
  const Outcome outcome =
      Shell("{ \"$SINEW\" run @long.txt --model m.sinew --write-jsonl -; echo \"code $?\" >&2; } | head -n 1");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("standard output"), HasSubstr("code 3")));
}

TEST_F(RunTest, RenderedVideosHaveAllFrames) {
  WriteVideo("v.avi", 9);
  ASSERT_EQ(RunModel("v.avi --write-video out/r.mp4 --render quad --show-rate").code, 0);
  EXPECT_EQ(CountFrames("out/r.mp4"), 9);
  auto reader = media::OpenVideo(folder_ / "out/r.mp4").value();
  EXPECT_NEAR(reader->format().frames_per_second, 10, 0.01);
  ASSERT_EQ(RunModel("v.avi --frame-first 1 --frame-step 3 --write-video s.mp4 --background black").code, 0);
  EXPECT_EQ(CountFrames("s.mp4"), 3);
  // Pictures of several sizes, one of them unreadable, at the first one's size.
  WritePicture("small.png", 30, 50);
  ASSERT_TRUE(WriteFile(folder_ / "bad.png", "damaged").ok());
  EXPECT_EQ(RunModel("bad.png a.png small.png bad.png --write-video p.mp4 --video-fps 4").code, 3);
  EXPECT_EQ(CountFrames("p.mp4"), 4);
  EXPECT_EQ(media::OpenVideo(folder_ / "p.mp4").value()->format().width, 80);
}

TEST_F(RunTest, AFullDiskForTheVideoIsAnError) {
  WriteVideo("v.avi", 9);
  ASSERT_TRUE(WriteFile(folder_ / "full.mp4", "an earlier result").ok());
  const Outcome outcome =
      Shell("trap '' XFSZ; ulimit -f 1; \"$SINEW\" run v.avi --model m.sinew --write-video full.mp4");
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("full.mp4: cannot be written: File too large"));
  EXPECT_EQ(Content("full.mp4"), "an earlier result");
}

TEST_F(RunTest, TrackedPeopleHaveIds) {
  WriteVideo("v.avi", 5);
  const Outcome outcome = RunModel("v.avi a.png --track --smooth one-euro --write-jsonl t.jsonl --write-video t.mp4");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const results::Record& record : Records("t.jsonl")) EXPECT_EQ(record.person_ids.size(), record.people.size());
}

TEST_F(RunTest, InterruptedRunsKeepEarlierResultsAndGoOn) {
  WriteLongList(100000);
  const std::string outputs = " --write-csv r.csv --write-coco-json r.json";
  for (const char* earlier : {"r.jsonl", "r.csv", "r.json"}) ASSERT_TRUE(WriteFile(folder_ / earlier, earlier).ok());
  const Outcome interrupted = RunUntilSignalled("INT", outputs);
  EXPECT_EQ(interrupted.code, 130) << interrupted.err;
  EXPECT_THAT(interrupted.out, HasSubstr("interrupted after"));
  EXPECT_THAT(interrupted.err, AllOf(HasSubstr("go on with: "), HasSubstr("run @long.txt --model m.sinew --write-jsonl "
                                                                          "r.jsonl --write-csv r.csv --write-coco-json "
                                                                          "r.json --resume")));
  for (const char* earlier : {"r.jsonl", "r.csv", "r.json"}) EXPECT_EQ(Content(earlier), earlier) << "still there";
  const size_t done = Records("r.jsonl.part").size();
  ASSERT_GT(done, 0u);
  ASSERT_LT(done, 100000u);
  // COCO results of nobody have not begun: the resumed run makes them from the JSON lines.
  if (fs::exists(folder_ / "r.json.part")) {
    EXPECT_TRUE(nlohmann::json::accept(Content("r.json.part")));
  }
  const std::string csv = Content("r.csv.part");
  EXPECT_GE(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), done + 1);
  // A shorter list with the same beginning, so that the test ends.
  const size_t total = done + 40;
  WriteLongList(static_cast<int>(total));
  const Outcome resumed = RunModel("@long.txt --resume --write-jsonl r.jsonl" + outputs);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr(std::to_string(done) + " of them done before"));
  ASSERT_EQ(RunModel("@long.txt --write-jsonl w.jsonl --write-csv w.csv --write-coco-json w.json").code, 0);
  for (const char* extension : {".jsonl", ".csv", ".json"}) {
    EXPECT_EQ(Content(std::string("r") + extension), Content(std::string("w") + extension))
        << "as if nothing had happened";
    EXPECT_FALSE(fs::exists(folder_ / (std::string("r") + extension + ".part")));
  }
}

TEST_F(RunTest, InterruptedVideosAreMadeAgain) {
  WriteLongList(100000);
  ASSERT_TRUE(WriteFile(folder_ / "r.mp4", "earlier").ok());
  EXPECT_EQ(RunUntilSignalled("INT", "--write-video r.mp4").code, 130);
  EXPECT_EQ(Content("r.mp4"), "earlier");
  const size_t total = Records("r.jsonl.part").size() + 5;
  WriteLongList(static_cast<int>(total));
  EXPECT_EQ(RunModel("@long.txt --resume --write-jsonl r.jsonl --write-video r.mp4").code, 0);
  EXPECT_EQ(CountFrames("r.mp4"), static_cast<int>(total));
}

// Who is who, and where everybody is going, is known after an interruption as if there had been none.
TEST_F(RunTest, FollowedPeopleAreFollowedOn) {
  std::string inputs, first;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "f" + std::to_string(i) + ".png";
    WritePicture(name, 80, 60, 5 + i / 4);
    inputs += name + " ";
    if (i < 13) first = inputs;
  }
  // Without look-ahead: the shorter run ends, where an interrupted one would leave its last frames for the next.
  const std::string options =
      " --track --track-look-ahead 0 --smooth one-euro --threshold 0.01 --min-parts 1 --min-score 0 ";
  ASSERT_EQ(RunModel(inputs + options + "--write-jsonl whole.jsonl --write-csv whole.csv").code, 0);
  // As an interruption after some frames leaves it.
  ASSERT_EQ(RunModel(first + options + "--write-jsonl r.jsonl --write-csv r.csv").code, 0);
  const Outcome resumed = RunModel(inputs + options + "--write-jsonl r.jsonl --write-csv r.csv --resume");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(Content("r.jsonl"), Content("whole.jsonl"));
  EXPECT_EQ(Content("r.csv"), Content("whole.csv"));
  int64_t highest_id = -1;
  bool moved = false;
  for (const results::Record& record : Records("whole.jsonl")) {
    for (size_t i = 0; i < record.people.size(); ++i) {
      highest_id = std::max(highest_id, record.person_ids[i]);
      moved = moved || record.people[i].keypoints != record.found_keypoints[i];
    }
  }
  EXPECT_GE(highest_id, 0) << "somebody was followed";
  EXPECT_TRUE(moved) << "and smoothed";
  const Outcome other = RunModel(
      inputs +
      "--track --track-look-ahead 0 --threshold 0.01 --min-parts 1 --min-score 0 --write-jsonl r.jsonl --resume");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("the earlier run had --smooth one-euro, this one has none"));
}

TEST_F(RunTest, KilledRunsGoOn) {
  WriteLongList(100000);
  EXPECT_NE(RunUntilSignalled("KILL", "--write-csv r.csv").code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "r.jsonl"));
  EXPECT_FALSE(fs::exists(folder_ / "r.csv"));
  const size_t done = Records("r.jsonl.part").size();
  ASSERT_GT(done, 0u);
  WriteLongList(static_cast<int>(done) + 10);
  const Outcome resumed = RunModel("@long.txt --write-jsonl r.jsonl --write-csv r.csv --resume");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(Records("r.jsonl").size(), done + 10);
  const std::string csv = Content("r.csv");
  EXPECT_GE(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), done + 11);
}

TEST_F(RunTest, FilesOfFramesAreResumedToo) {
  WriteVideo("v.avi", 6);
  ASSERT_EQ(RunModel("v.avi a.png --write-json j --write-images i").code, 0);
  fs::remove(folder_ / "j/v_000000000003_keypoints.json");
  fs::remove(folder_ / "i/a_rendered.png");
  ASSERT_TRUE(WriteFile(folder_ / "j/v_000000000002_keypoints.json", "kept").ok());  // done again if it is not known
  const Outcome outcome = RunModel("v.avi a.png --write-json j --write-images i --resume");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("5 of them done before"));
  EXPECT_EQ(Content("j/v_000000000002_keypoints.json"), "kept");
  EXPECT_TRUE(fs::exists(folder_ / "j/v_000000000003_keypoints.json"));
  EXPECT_TRUE(fs::exists(folder_ / "i/a_rendered.png"));
}

TEST_F(RunTest, ResumingNeedsTheSameInputs) {
  ASSERT_EQ(RunModel("a.png 'b ü.jpg' --write-jsonl r.jsonl").code, 0);
  const std::string before = Content("r.jsonl");
  const Outcome outcome = RunModel("'b ü.jpg' a.png --write-jsonl r.jsonl --resume");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("input 1 of the earlier run was a.png, now it is b ü.jpg"));
  for (const auto& [arguments, message] :
       {std::pair{"a.png --resume", "nothing is written that could be resumed"},
        {"a.png --resume --write-csv r.csv", "--resume with --write-csv needs --write-jsonl"},
        {"- --resume --write-jsonl s.jsonl", "cannot be read again"},
        {"a.png --resume --track --write-json j", "--resume with --track needs --write-jsonl"}}) {
    const Outcome refused = RunModel(arguments);
    EXPECT_EQ(refused.code, 2) << arguments;
    EXPECT_THAT(refused.err, HasSubstr(message));
  }
  EXPECT_EQ(Content("r.jsonl"), before);
}

TEST_F(RunTest, OutputsThatFailAreNamedAndTheOthersKept) {
  // The manifest of 400 pictures takes 27 kB, their records 33: the limit, in blocks of 512 bytes, lies between.
  WriteLongList(400);
  const Outcome full =
      Shell("ulimit -f 58; \"$SINEW\" run @long.txt --model m.sinew --write-jsonl r.jsonl --write-json j");
  EXPECT_EQ(full.code, 3);
  EXPECT_THAT(full.err, HasSubstr("r.jsonl.part: cannot write: File too large"));
  EXPECT_GT(Records("r.jsonl.part").size(), 10u);
  for (const auto& entry : fs::directory_iterator(folder_ / "j"))
    EXPECT_TRUE(nlohmann::json::accept(ReadFile(entry.path()).value()));
  for (const auto& [arguments, message] : {std::pair{"a.png --write-json a.png", "a.png: is a file"},
                                           {"a.png --write-csv in", "in: is a folder"},
                                           {"a.png --write-images a.png/x", "a.png/x: cannot create the folder"},
                                           {"a.png --write-video v.xyz", "v.xyz"},
                                           {"camera:63", "camera:63"},
                                           {"rtsp://127.0.0.1:9/x", "rtsp://127.0.0.1:9/x"}}) {
    fs::create_directories(folder_ / "in");
    const Outcome outcome = RunModel(arguments);
    EXPECT_NE(outcome.code, 0) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  // Nobody may create files there, not even root.
  EXPECT_THAT(RunModel("a.png --write-json /sys").err, HasSubstr("/sys/.sinew-manifest.part: cannot open"));
}

TEST_F(RunTest, TheSummaryAsJson) {
  WriteVideo("v.avi", 4);
  const auto json = nlohmann::json::parse(RunModel("v.avi missing.png --json").out);
  EXPECT_EQ(json["frames"], 5);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_GT(json["stage_seconds"]["network"], 0.0);
  EXPECT_EQ(RunModel("a.png --json --write-jsonl -").code, 2);
}

TEST_F(RunTest, Windows) {
  WriteVideo("v.avi", 4);
  const auto show = [&](const std::string& environment) {
    return Sinew("run v.avi --model m.sinew --display", environment);
  };
  const fs::path module = fs::path(SINEW_PROGRAM).parent_path() / "../lib/sinew/libsinew_display.so";
  if (!fs::exists(module)) {  // built where SDL was not there
    const Outcome outcome = show("SDL_VIDEODRIVER=dummy");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("`make display`"));
    return;
  }
  EXPECT_THAT(show("-u DISPLAY -u WAYLAND_DISPLAY").err, HasSubstr("--display: there is no screen"));
  const Outcome outcome = show("SDL_VIDEODRIVER=dummy");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("v.avi: 4 frames"));
}

}  // namespace
}  // namespace sinew
