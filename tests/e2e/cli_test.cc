// The program as a user calls it: commands, files, messages, exit codes. Stands on a miniature network and on pictures
// that the test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/npy.h"
#include "compiler/import/models_test_util.h"
#include "media/images/image.h"
#include "media/video/video.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using CliTest = ProgramTest;

TEST_F(CliTest, HelpAndVersion) {
  EXPECT_THAT(Sinew("--help").out, HasSubstr("Examples:"));
  for (const char* command : {"run", "compile", "inspect", "exec", "export", "bench", "profile", "eval", "cost",
                              "report", "model", "devices"}) {
    const Outcome outcome = Sinew(std::string(command) + " --help");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("Example")) << command;
  }
  EXPECT_THAT(Sinew("--version").out, HasSubstr("sinew "));
  EXPECT_EQ(Sinew("").code, 2);
  EXPECT_EQ(Sinew("walk").code, 2);
  EXPECT_EQ(Sinew("run a.png --no-such-flag").code, 2);
}

TEST_F(CliTest, CompileVerifiesAndLogs) {
  const Outcome outcome =
      Sinew("compile graph.pb --net-resolution 64x48 --net-resolution 96x64 -o m.sinew --verify --dump-ir ir");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("verified  64x48: maximum difference"));
  EXPECT_THAT(outcome.out, HasSubstr("verified  96x64"));
  EXPECT_TRUE(fs::exists(folder_ / "ir/96x64"));
  const Outcome strict = Sinew("compile graph.pb --net-resolution 64x48 -o m.sinew --verify --tolerance 1e-15");
  EXPECT_EQ(strict.code, 1);
  EXPECT_THAT(strict.out, HasSubstr("FAILED"));
  const Outcome bad = Sinew("compile graph.pb --net-resolution big -o m.sinew");
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("\"big\" is not a resolution: give WIDTHxHEIGHT"));
}

TEST_F(CliTest, CompileAddsResolutionsToAnArtifact) {
  // The first one makes it.
  ASSERT_EQ(Sinew("compile graph.pb --net-resolution 64x48 -o m.sinew --add -q").code, 0);
  const uintmax_t alone = fs::file_size(folder_ / "m.sinew");
  const Outcome added = Sinew("compile graph.pb --net-resolution 48x64 -o m.sinew --add --verify");
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_THAT(added.out, HasSubstr("verified  48x64"));
  EXPECT_THAT(added.out, HasSubstr("added     1 plan to m.sinew"));
  EXPECT_THAT(added.out, HasSubstr("wrote     m.sinew: ")) << "and not the name that it had until it was verified";
  EXPECT_LT(fs::file_size(folder_ / "m.sinew"), alone * 5 / 4);
  const std::string both = Sinew("inspect m.sinew").out;
  EXPECT_THAT(both, AllOf(HasSubstr("resolution 64x48"), HasSubstr("resolution 48x64")));
  EXPECT_EQ(Sinew("run a.png --model m.sinew --net-resolution 48x64 -q").code, 0);

  const std::string before = Content("m.sinew");
  const Outcome again = Sinew("compile graph.pb --net-resolution 48x64 -o m.sinew --add");
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("m.sinew: has a plan for 48x64 on"));
  EXPECT_EQ(again.out, "") << "before anything is compiled";
  EXPECT_EQ(Sinew("compile graph.pb --net-resolution 32x32 -o m.sinew --add --verify --tolerance 1e-15").code, 1);
  EXPECT_EQ(Content("m.sinew"), before) << "what fails is not added";
  ASSERT_TRUE(WriteFile(folder_ / "other.pb", import::SmallNetwork().GraphDef()).ok());
  const Outcome other = Sinew("compile other.pb --net-resolution 32x32 -o m.sinew --add");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("m.sinew: is of another network"));
  EXPECT_EQ(Content("m.sinew"), before);
  for (const std::string flag : {"--add", "--verify"}) {
    const Outcome full =
        Shell("trap '' XFSZ; ulimit -f 1; \"$SINEW\" compile graph.pb --net-resolution 32x32 -o full.sinew " + flag);
    EXPECT_EQ(full.code, 1);
    EXPECT_THAT(full.err, HasSubstr("sinew: full.sinew: cannot write: File too large"));
    EXPECT_FALSE(fs::exists(folder_ / "full.sinew"));
  }
}

TEST_F(CliTest, InspectPrintsGraphIrAndArtifact) {
  Compile();
  EXPECT_THAT(Sinew("inspect graph.pb --net-resolution 64x48").out, HasSubstr("multiply-adds:"));
  const Outcome ir = Sinew("inspect graph.pb --ir");
  EXPECT_THAT(ir.out, HasSubstr("conv2d \"conv1/Conv2D\""));
  ASSERT_TRUE(
      WriteFile(folder_ / "text.ir", "%0 = input \"x\" : f32[1,8,8,3]\n%1 = relu \"r\" (%0)\noutput \"o\" = %1\n")
          .ok());
  EXPECT_THAT(Sinew("inspect text.ir").out, HasSubstr("relu"));
  EXPECT_THAT(Sinew("inspect m.sinew").out, HasSubstr("resolution 64x48"));
  EXPECT_EQ(Sinew("inspect nothing.pb").code, 1);
}

TEST_F(CliTest, ExecRunsABatch) {
  Compile();
  const std::vector<int64_t> shape = {2, 48, 64, 3};
  std::vector<float> values(2 * 48 * 64 * 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 256);
  ASSERT_TRUE(WriteNpy(folder_ / "x.npy", shape, values).ok());
  const Outcome outcome = Sinew("exec m.sinew --input x.npy --output y.npy");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(ReadNpy(folder_ / "y.npy")->shape, (std::vector<int64_t>{2, 6, 8, 57}));
  EXPECT_THAT(Sinew("exec m.sinew --input a.png --output y.npy").err, HasSubstr("a.png"));
}

TEST_F(CliTest, ExportWritesOnnx) {
  const Outcome outcome = Sinew("export graph.pb --net-resolution 64x48 -o m.onnx");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("wrote m.onnx: 17 nodes from"));
  EXPECT_THAT(ReadFile(folder_ / "m.onnx").value(), HasSubstr("Openpose/concat_stage7"));
  EXPECT_EQ(Sinew("export graph.pb -o any.onnx").code, 0);
  EXPECT_EQ(Sinew("export graph.pb --net-resolution 64 -o m.onnx").code, 2);
  const Outcome bad = Sinew("export a.png -o bad.onnx");
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("a.png"));
  EXPECT_FALSE(fs::exists(folder_ / "bad.onnx"));
}

TEST_F(CliTest, DevicesAreListedOrWhatIsMissingIsSaid) {
  const Outcome text = Sinew("devices");
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, ::testing::AnyOf(HasSubstr("no GPU: "), HasSubstr("cuda:0  ")));
  const Outcome json = Sinew("devices --json");
  EXPECT_EQ(json.code, 0);
  const nlohmann::json document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document.at("devices").empty(), document.contains("missing"));
  EXPECT_EQ(document.at("devices").empty(), text.out.starts_with("no GPU: "));
}

TEST_F(CliTest, RunWritesJsonAndDrawings) {
  Compile();
  const Outcome outcome = Sinew("run a.png 'b ü.jpg' --model m.sinew --write-json json --write-images images -v");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("a.png: "));
  EXPECT_THAT(outcome.out, HasSubstr("network"));
  PeopleIn("json/a_keypoints.json");
  PeopleIn("json/b ü_keypoints.json");
  EXPECT_EQ(media::ReadImage(folder_ / "images/a_rendered.png")->width, 80);
  EXPECT_EQ(Sinew("run a.png --model m.sinew --quiet").out, "");
}

TEST_F(CliTest, OneBadPictureDoesNotSpoilTheOthers) {
  Compile();
  ASSERT_TRUE(WriteFile(folder_ / "bad.jpg", "no picture").ok());
  const Outcome outcome = Sinew("run bad.jpg missing.png a.png --model m.sinew --write-json json");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("bad.jpg: is neither a picture nor a video"));
  EXPECT_THAT(outcome.err, HasSubstr("missing.png"));
  PeopleIn("json/a_keypoints.json");
  EXPECT_EQ(Sinew("run bad.jpg --model m.sinew").code, 1);
}

TEST_F(CliTest, AGraphIsCompiledOnceAndKept) {
  const Outcome first = Sinew("run a.png --model graph.pb --resize 64x48");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("compiling graph.pb for 64x48"));
  EXPECT_THAT(Sinew("run a.png --model graph.pb --resize 64x48").err, Not(HasSubstr("compiling")));
  EXPECT_THAT(Sinew("run a.png --model graph.pb --resize 96x64").err, HasSubstr("compiling graph.pb for 96x64"));
  // A damaged entry of the cache is made anew.
  for (const auto& entry : fs::directory_iterator(folder_ / "cache/sinew/compiled")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), 100);
  }
  EXPECT_EQ(Sinew("run a.png --model graph.pb --resize 64x48").code, 0);
}

TEST_F(CliTest, ModelsAreFoundByName) {
  fs::create_directories(folder_ / "models/tiny");
  fs::copy(folder_ / "graph.pb", folder_ / "models/tiny/graph_opt.pb");
  const Outcome outcome = Sinew("run a.png --model tiny --resize 64x48", "SINEW_MODELS=models");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(Sinew("run a.png --model tyny").err, HasSubstr("no model is called \"tyny\""));
  EXPECT_THAT(Sinew("run a.png --model mobilenet_thin").err, HasSubstr("sinew model fetch mobilenet_thin"));
  EXPECT_THAT(Sinew("run a.png --model none.sinew").err, HasSubstr("none.sinew: no such file"));
}

TEST_F(CliTest, ModelListIsForPeopleAndMachines) {
  EXPECT_THAT(Sinew("model list").out, HasSubstr("no commercial use"));
  const auto json = nlohmann::json::parse(Sinew("model list --json").out);
  ASSERT_EQ(json.size(), 10u);
  EXPECT_EQ(json[0]["name"], "mobilenet_thin");
  const Outcome path = Sinew("model path mobilenet_thin");
  EXPECT_EQ(path.code, 1);
  EXPECT_THAT(path.err, HasSubstr("is not on this disk"));
  EXPECT_THAT(Sinew("model fetch cmu").err, HasSubstr("forbids commercial use"));
}

TEST_F(CliTest, VideosGetAFileAFrame) {
  Compile();
  auto writer = media::CreateVideo(folder_ / "v.avi", {80, 60, 10}).value();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(writer->Write(media::ReadImage(folder_ / "a.png").value(), i / 10.0).ok());
  }
  ASSERT_TRUE(writer->Finish(0.5, /*complete=*/true).ok());
  const Outcome outcome = Sinew("run v.avi --model m.sinew --write-json json --write-video out/r.mp4 --frame-last 3");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("v.avi: 4 frames"));
  EXPECT_EQ(outcome.err, "") << "no progress bar but on a terminal";
  PeopleIn("json/v_000000000003_keypoints.json");
  EXPECT_FALSE(fs::exists(folder_ / "json/v_000000000004_keypoints.json"));
  auto reader = media::OpenVideo(folder_ / "out/r.mp4").value();
  media::Image frame;
  int frames = 0;
  while (reader->Next(&frame).value()) ++frames;
  EXPECT_EQ(frames, 4);
}

TEST_F(CliTest, ContradictingArgumentsAreUsageErrors) {
  Compile();
  for (const char* arguments : {"run a.png --model m.sinew --smooth one-euro",
                                "run a.png --model m.sinew --smoothing 4", "run a.png --model m.sinew --threshold 7",
                                "run a.png --model m.sinew --compat caffe", "run a.png --model m.sinew --region 1,2,3",
                                "run a.png --model m.sinew --resize 0x5", "run a.png --model m.sinew --threads -1"}) {
    const Outcome outcome = Sinew(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << ": " << outcome.err;
    EXPECT_NE(outcome.err + outcome.out, "") << arguments;
  }
}

TEST_F(CliTest, OutputsThatCannotBeWrittenAreNamed) {
  Compile();
  const Outcome outcome = Sinew("run a.png --model m.sinew --write-json a.png");
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("a.png"));
}

TEST_F(CliTest, ForcedTargets) {
  Compile();
  EXPECT_EQ(Sinew("run a.png --model m.sinew", "SINEW_FORCE_TARGET=scalar").code, 0);
  const Outcome outcome = Sinew("run a.png --model m.sinew", "SINEW_FORCE_TARGET=mmx");
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("SINEW_FORCE_TARGET: \"mmx\""));
}

// An artifact for a processor of another kind: one of these two is foreign wherever the test runs.
TEST_F(CliTest, ArtifactsForOtherProcessorsAreRefused) {
  std::string refusals;
  for (const char* target : {"neon", "avx2"}) {
    ASSERT_EQ(Sinew(std::string("compile graph.pb --net-resolution 64x48 -o other.sinew -q --target ") + target).code,
              0);
    refusals += Sinew("run a.png --model other.sinew").err;
  }
  EXPECT_THAT(refusals, HasSubstr("which this processor or build lacks: compile the model again on this machine"));
}

}  // namespace
}  // namespace sinew
