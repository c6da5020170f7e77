// What people type: flags of OpenPose and tf-pose-estimation, misspellings, help, progress.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "media/video/video.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandLineTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
  }
};

TEST_F(CommandLineTest, CommandsOfOpenPoseWork) {
  fs::create_directories(folder_ / "media");
  fs::copy(folder_ / "a.png", folder_ / "media/a.png");
  const Outcome outcome = Sinew(
      "run --image_dir media --write_json json --write_images images --write_images_format jpg --model m.sinew "
      "--net_resolution 64x48 --display 0 --render_pose 1 --number_people_max -1 --frame_last -1 --logging_level 3 "
      "--num_gpu 0 --model_pose COCO --keypoint_scale 3 --part_candidates --alpha_pose=0.5 --render_threshold 0.1 "
      "--disable_multi_thread --noface --hand=false --output_resolution -1x-1 --camera_resolution -1x-1 --fps_max -1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(fs::exists(folder_ / "images/a_rendered.jpg"));
  const auto json = nlohmann::json::parse(Content("json/a_keypoints.json"));
  ASSERT_EQ(json["part_candidates"].size(), 1u);
  EXPECT_EQ(json["part_candidates"][0].size(), 18u);
  size_t peaks = 0;
  for (const auto& [keypoint, values] : json["part_candidates"][0].items()) {
    ASSERT_EQ(values.size() % 3, 0u);
    peaks += values.size() / 3;
    for (size_t i = 0; i < values.size(); i += 3) {
      EXPECT_TRUE(values[i] >= 0 && values[i] <= 1 && values[i + 1] >= 0 && values[i + 1] <= 1) << "from 0 to 1";
    }
  }
  EXPECT_GT(peaks, 0u);
  EXPECT_EQ(Sinew("run -image_dir media -write_json=other --model m.sinew").code, 0) << "one dash, as gflags takes it";
  EXPECT_TRUE(fs::exists(folder_ / "other/a_keypoints.json"));
}

// The same people in the order of OpenPose's BODY_25, in every output; the maps stay the model's.
TEST_F(CommandLineTest, PeopleHaveTheKeypointsOfBody25) {
  const std::string common =
      " --model m.sinew --min-parts 1 --min-score 0 --part-candidates --render quad --hide-labels --write-csv ";
  ASSERT_EQ(Sinew("run a.png --write-json coco --write-images coco" + common + "coco.csv").code, 0);
  const Outcome outcome =
      Sinew("run a.png --keypoints body_25 --write-json 25 --write-images 25 --output-dir tree" + common + "25.csv");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto coco = nlohmann::json::parse(Content("coco/a_keypoints.json")),
             body = nlohmann::json::parse(Content("25/a_keypoints.json"));
  ASSERT_GT(coco["people"].size(), 0u);
  ASSERT_EQ(body["people"].size(), coco["people"].size());
  for (size_t i = 0; i < coco["people"].size(); ++i) {
    const auto &from = coco["people"][i]["pose_keypoints_2d"], &to = body["people"][i]["pose_keypoints_2d"];
    ASSERT_EQ(to.size(), 75u);
    for (size_t k = 0; k < 54; ++k) {  // after the middle of the hips, everything is one later
      EXPECT_EQ(to[k < 24 ? k : k + 3], from[k]) << i << ", " << k;
    }
    for (size_t k = 57; k < 75; ++k) EXPECT_EQ(to[k], 0) << "feet";
  }
  EXPECT_EQ(body["part_candidates"][0].size(), 25u);
  EXPECT_EQ(body["part_candidates"][0]["9"], coco["part_candidates"][0]["8"]) << "right hip";
  EXPECT_THAT(Content("25.csv"), HasSubstr("left_wrist_score,mid_hip_x,mid_hip_y,mid_hip_score,right_hip_x"));
  EXPECT_EQ(Content("tree/a_keypoints.json"), Content("25/a_keypoints.json"));
  EXPECT_GT(fs::file_size(folder_ / "25/a_rendered.png"), 100u);
  EXPECT_EQ(Sinew("run a.png --keypoints body_26 --model m.sinew").code, 2);
  EXPECT_THAT(Sinew("run a.png --model_pose BODY_25 --model m.sinew").err, HasSubstr("--keypoints body_25"));
}

TEST_F(CommandLineTest, CommandsOfTfPoseEstimationWork) {
  const Outcome outcome =
      Sinew("run --image a.png --model m.sinew --resize 0x0 --resize-out-ratio 4.0 --write-json out");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(folder_ / "out/a_keypoints.json"));
  EXPECT_THAT(Sinew("run --camera 7 --model m.sinew").err, HasSubstr("camera:7: no such camera"));
  EXPECT_THAT(Sinew("run --image a.png --model cmu").err, HasSubstr("cmu"));
  const Outcome refused = Sinew("run --image a.png --tensorrt True");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--tensorrt: TensorRT is not used"));
}

// The table of the guide has every flag of both programs; each is taken, or answered with a reason.
TEST_F(CommandLineTest, EachFlagOfTheOtherProgramsWorksOrIsAnswered) {
  const std::string table = Sinew("docs other-programs").out;
  std::istringstream lines(table);
  int flags = 0, refused = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `--")) continue;
    ++flags;
    const std::string flag = line.substr(3, line.find('`', 3) - 3), name = flag.substr(0, flag.find(' '));
    const bool takes_value = flag.find(' ') != std::string::npos;
    const Outcome outcome = Sinew("run a.png --model m.sinew -q " + name + (takes_value ? " 17" : ""));
    EXPECT_THAT(outcome.err, Not(HasSubstr("is no flag"))) << name;
    EXPECT_THAT(outcome.err, Not(HasSubstr("terminate"))) << name;
    if (outcome.err.empty()) {
      EXPECT_EQ(outcome.code, 0) << name;
    } else {
      ++refused;
      EXPECT_GT(outcome.err.size(), 20u) << name << ": " << outcome.err;
    }
    std::error_code ignored;
    for (const char* left : {"17", "17.part", "17.manifest"}) fs::remove_all(folder_ / left, ignored);
  }
  EXPECT_GT(flags, 80);
  EXPECT_GT(refused, 20);
  EXPECT_LT(refused, flags);
}

TEST_F(CommandLineTest, MisspellingsAreGuessed) {
  const auto error = [&](const std::string& arguments) {
    const Outcome outcome = Sinew(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    return outcome.err;
  };
  EXPECT_THAT(error("rnu a.png"), HasSubstr("rnu is no command (did you mean run?)"));
  EXPECT_THAT(error("walk"), HasSubstr("walk is no command; sinew --help lists them"));
  EXPECT_THAT(error("a.png"), HasSubstr("to find the people in it: sinew run a.png"));
  EXPECT_THAT(error("model fetsh cmu"), HasSubstr("fetsh is no command of sinew model (did you mean fetch?)"));
  EXPECT_THAT(error("run a.png --treshold 0.1"), HasSubstr("--treshold is no flag of sinew run (did you mean --thr"));
  EXPECT_THAT(error("run a.png --write-jsom x"), HasSubstr("did you mean --write-json?"));
  EXPECT_THAT(error("compile graph.pb --net_resolutoin 64x48"), HasSubstr("did you mean --net-resolution?"));
  EXPECT_THAT(error("run a.png --qwertyuiop"), HasSubstr("--qwertyuiop is no flag of sinew run; sinew help run lists"));
  EXPECT_THAT(error("--image_dir media"), HasSubstr("the command is missing: sinew run --image_dir ..."));
  EXPECT_THAT(error("run --video"), HasSubstr("--video: the FILE is missing"));
}

TEST_F(CommandLineTest, FlagsOfEveryCommandMayStandBeforeIt) {
  EXPECT_EQ(Sinew("--s3-region here run a.png --model m.sinew -q").code, 0);
  EXPECT_EQ(Sinew("run a.png --s3-region here --model m.sinew -q").code, 0);
  EXPECT_THAT(Sinew("--s3-region here rnu a.png").err, HasSubstr("did you mean run?"));
}

TEST_F(CommandLineTest, ValuesAreNotTakenForFlags) {
  EXPECT_EQ(Sinew("run a.png --model graph.pb --net-resolution -1x48 -q").code, 0);
  EXPECT_EQ(Sinew("run a.png --model graph.pb --net_resolution=-1x48 -q").code, 0);
  fs::copy(folder_ / "a.png", folder_ / "--video.png");
  EXPECT_EQ(Sinew("run --model m.sinew -q --write-json j -- --video.png").code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "j/--video_keypoints.json"));
}

TEST_F(CommandLineTest, HelpOfACommand) {
  EXPECT_EQ(Sinew("help run").out, Sinew("run --help").out);
  EXPECT_EQ(Sinew("help model fetch").out, Sinew("model fetch --help").out);
  EXPECT_EQ(Sinew("help").out, Sinew("--help").out);
  EXPECT_THAT(Sinew("help rnu").err, HasSubstr("did you mean run?"));
}

TEST_F(CommandLineTest, HelpIsAsWideAsTheTerminal) {
  for (const size_t width : {60u, 80u, 100u}) {
    for (const char* command : {"", "run ", "compile ", "eval ", "model clean "}) {
      const std::string help = Sinew(std::string(command) + "--help", "COLUMNS=" + std::to_string(width)).out;
      std::istringstream lines(help);
      for (std::string line; std::getline(lines, line);) {
        if (line.find("  sinew ") == 0) continue;  // an example stays whole
        // A word that is longer than the line cannot be broken.
        const bool is_one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
        EXPECT_TRUE(line.size() <= width || is_one_word) << command << line;
      }
      EXPECT_GT(help.size(), 200u);
    }
  }
}

TEST_F(CommandLineTest, ProgressForLogsAndPrograms) {
  const Outcome plain = Sinew("run a.png 'b ü.jpg' --model m.sinew --progress plain");
  EXPECT_THAT(plain.err, StartsWith("frames 1/2 "));
  const Outcome json = Sinew("run a.png 'b ü.jpg' --model m.sinew --progress json");
  std::istringstream lines(json.err);
  nlohmann::json last;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) last = nlohmann::json::parse(line);
  EXPECT_GE(count, 2);
  EXPECT_EQ(last["progress"]["done"], 2);
  EXPECT_EQ(last["progress"]["total"], 2);
  EXPECT_TRUE(last["progress"].contains("people"));
  EXPECT_EQ(Sinew("run a.png 'b ü.jpg' --model m.sinew --progress none").err, "");
  EXPECT_EQ(Sinew("run a.png 'b ü.jpg' --model m.sinew").err, "") << "too short for a line";
  EXPECT_EQ(Sinew("run a.png --model m.sinew --progress often").code, 2);
}

TEST_F(CommandLineTest, TheDoctorTellsWhatThereIs) {
  const auto page = nlohmann::json::parse(Sinew("doctor --json").out);
  EXPECT_GT(page["processor"]["processors"], 0);
  EXPECT_FALSE(page["processor"]["targets"].empty());
  EXPECT_EQ(page["modules"]["videos and cameras (FFmpeg)"], "ok");
  EXPECT_EQ(page["modules"]["writing .mp4"], "ok");
  EXPECT_EQ(page["models"]["mobilenet_thin"], "not on this disk");
  EXPECT_THAT(page["cache"]["folder"].get<std::string>(), HasSubstr("cache/sinew/compiled"));
  const Outcome text = Sinew("doctor", "SINEW_FORCE_TARGET=mmx");
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, HasSubstr("SINEW_FORCE_TARGET: mmx"));
  EXPECT_THAT(text.out, HasSubstr("  target: SINEW_FORCE_TARGET: \"mmx\""));
  EXPECT_THAT(Sinew("doctor", "SINEW_LIBRARY_PATH=/nowhere").out, HasSubstr("writing .avi: "));
}

TEST_F(CommandLineTest, StageTimesComeOnRequest) {
  EXPECT_THAT(Sinew("run a.png 'b ü.jpg' --model m.sinew").out, Not(HasSubstr("a frame: ")));
  EXPECT_THAT(Sinew("run a.png 'b ü.jpg' --model m.sinew -v").out, HasSubstr("a frame: "));
}

TEST_F(CommandLineTest, TheRateIsBounded) {
  const Outcome outcome = Sinew("run a.png a.png a.png a.png --model m.sinew --max-rate 10 --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GE(nlohmann::json::parse(outcome.out)["seconds"].get<double>(), 0.3);
}

// What libraries have to say of a picture or a video stays theirs.
TEST_F(CommandLineTest, QuietIsSilent) {
  // A PNG with a colour profile that libpng warns of, and a video whose packets are damaged.
  std::string png = Content("a.png");
  const std::string profile("iCCPbroken\0\0not deflate", 23);
  const uint32_t size = static_cast<uint32_t>(profile.size() - 4);
  std::string chunk = {0, 0, 0, static_cast<char>(size)};
  chunk += profile + std::string("\0\0\0\0", 4);  // and a wrong checksum
  png.insert(33, chunk);
  ASSERT_TRUE(WriteFile(folder_ / "profile.png", png).ok());
  auto writer = media::CreateVideo(folder_ / "v.avi", {80, 60, 10}).value();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(writer->Write(media::ReadImage(folder_ / "a.png").value(), i / 10.0).ok());
  }
  ASSERT_TRUE(writer->Finish(0.5, /*complete=*/true).ok());
  std::string video = Content("v.avi");
  for (size_t i = video.size() / 2; i < video.size() / 2 + 200 && i < video.size(); ++i)
    video[i] = static_cast<char>(i);
  ASSERT_TRUE(WriteFile(folder_ / "v.avi", video).ok());
  const Outcome outcome = Sinew("run a.png profile.png v.avi --model m.sinew -q --write-video r.mp4 --write-images r");
  EXPECT_EQ(outcome.out, "");
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);) EXPECT_THAT(line, StartsWith("sinew: "));
}

}  // namespace
}  // namespace sinew
