// `sinew run --shard` and `sinew merge`: parts of a run come to what one run writes, byte for byte, or to an error that
// names the part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "media/images/image.h"
#include "media/video/video.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ShardTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
    for (int i = 1; i <= 7; ++i) WritePicture("in/" + std::to_string(i) + ".png", 40 + 10 * i, 60, i);
    ASSERT_TRUE(WriteFile(folder_ / "in/3.jpg", "damaged").ok());
    WriteVideo("in/4 ü.avi", 7);
    WriteVideo("in/8.avi", 3);
  }
  void WritePicture(const fs::path& path, int width, int height, int seed) const {
    media::Image image = media::Image::OfSize(width, height);
    for (size_t i = 0; i < image.pixels.size(); ++i)
      image.pixels[i] = static_cast<uint8_t>(i * i / 77 + static_cast<size_t>(seed) * i);
    fs::create_directories((folder_ / path).parent_path());
    ASSERT_TRUE(media::WriteImage(folder_ / path, image).ok());
  }
  // A picture that stays the same, so that somebody in it is followed.
  void WriteVideo(const fs::path& path, int frames) const {
    auto writer = media::CreateVideo(folder_ / path, {80, 60, 10}).value();
    media::Image image = media::Image::OfSize(80, 60);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i / 77);
    for (int i = 0; i < frames; ++i) ASSERT_TRUE(writer->Write(image, i / 10.0).ok());
    ASSERT_TRUE(writer->Finish(frames / 10.0, /*complete=*/true).ok());
  }
  // With a cut, and so a key frame, every 30 frames.
  void WriteMovingVideo(const fs::path& path, int frames) const {
    auto writer = media::CreateVideo(folder_ / path, {80, 60, 10}).value();
    media::Image image = media::Image::OfSize(80, 60);
    for (int frame = 0; frame < frames; ++frame) {
      for (size_t i = 0; i < image.pixels.size(); ++i)
        image.pixels[i] = static_cast<uint8_t>((i + static_cast<size_t>(frame / 30) * 977) * i / 77);
      ASSERT_TRUE(writer->Write(image, frame / 10.0).ok());
    }
    ASSERT_TRUE(writer->Finish(frames / 10.0, /*complete=*/true).ok());
  }
  void RunShards(int count, const std::string& arguments) const {
    for (int i = 1; i <= count; ++i) {
      const std::string n = std::to_string(i);
      const Outcome outcome = Sinew("run --model m.sinew " + arguments + " --shard " + n + "/" + std::to_string(count) +
                                    " --write-jsonl s" + n + ".jsonl");
      ASSERT_THAT(outcome.code, ::testing::AnyOf(0, 1, 3)) << outcome.err;
      ASSERT_TRUE(fs::exists(folder_ / ("s" + n + ".jsonl.manifest"))) << outcome.err;
    }
  }
  std::string MergeError(const std::string& arguments) const {
    const Outcome outcome = Sinew("merge " + arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.out;
    EXPECT_FALSE(fs::exists(folder_ / "all.jsonl"));
    return outcome.err;
  }
};

TEST_F(ShardTest, PartsComeToTheBytesOfOneRun) {
  ASSERT_EQ(Sinew("run in missing.png --model m.sinew --write-jsonl one.jsonl --write-csv one.csv --write-coco-json "
                  "one.json")
                .code,
            3);
  for (const int count : {2, 3, 14}) {
    RunShards(count, "in missing.png");
    std::string shards;
    for (int i = count; i >= 1; --i) shards += " s" + std::to_string(i) + ".jsonl";
    for (const std::string suffix : {".jsonl", ".csv", ".json"}) {
      const Outcome outcome = Sinew("merge" + shards + " -o all" + suffix);
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(Content("all" + suffix), Content("one" + suffix)) << count << " shards";
    }
  }
  // Their manifests say whose keypoints they have.
  ASSERT_EQ(
      Sinew("run in missing.png --model m.sinew --keypoints body_25 --write-csv 25.csv --write-coco-json 25.json").code,
      3);
  RunShards(2, "in missing.png --keypoints body_25");
  for (const std::string suffix : {".csv", ".json"}) {
    const Outcome outcome = Sinew("merge s1.jsonl s2.jsonl -o 25all" + suffix);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Content("25all" + suffix), Content("25" + suffix));
  }
  // And it is as good as one run's: there is nothing left to do.
  const Outcome resumed = Sinew("run in missing.png --model m.sinew --write-jsonl all.jsonl --resume");
  EXPECT_EQ(resumed.code, 3) << resumed.err;
  EXPECT_EQ(Content("all.jsonl"), Content("one.jsonl"));
}

TEST_F(ShardTest, IdsOfPeopleCountOnFromShardToShard) {
  const std::string videos =
      "'in/4 ü.avi' in/8.avi 'in/4 ü.avi' --track --smooth one-euro --threshold 0.01 --min-parts 1 "
      "--min-score 0 --boxes";
  ASSERT_EQ(Sinew("run " + videos + " --model m.sinew --write-jsonl one.jsonl --write-csv one.csv").code, 0);
  RunShards(2, videos);
  for (const std::string suffix : {".jsonl", ".csv"}) {
    const Outcome outcome = Sinew("merge s1.jsonl s2.jsonl -o all" + suffix);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Content("all" + suffix), Content("one" + suffix));
  }
}

TEST_F(ShardTest, LongVideosAreDividedAtKeyFrames) {
  WriteMovingVideo("in/5.mp4", 150);
  const std::string one = "run in --model m.sinew --frame-step 2 ";
  ASSERT_EQ(Sinew(one + "--write-jsonl one.jsonl --write-csv one.csv --write-coco-json one.json").code, 3);
  RunShards(3, "in --frame-step 2 --split-videos 0.01");
  int shards_with_it = 0;
  for (const char* shard : {"s1.jsonl", "s2.jsonl", "s3.jsonl"})
    shards_with_it += Content(shard).find("in/5.mp4") != std::string::npos ? 1 : 0;
  EXPECT_GE(shards_with_it, 2);
  for (const std::string suffix : {".jsonl", ".csv", ".json"}) {
    const Outcome outcome = Sinew("merge s1.jsonl s2.jsonl s3.jsonl -o all" + suffix);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Content("all" + suffix), Content("one" + suffix));
  }
  // Divided in another way, they are parts of another run.
  fs::remove(folder_ / "all.jsonl");
  Sinew("run in --model m.sinew --frame-step 2 --shard 3/3 --split-videos 0 --write-jsonl s3.jsonl");
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl s3.jsonl -o all.jsonl"), HasSubstr("not shards of one run"));
  // People are followed through all of a video.
  RunShards(2, "in/5.mp4 'in/4 ü.avi' --track --split-videos 0.01");
  EXPECT_EQ(Content("s2.jsonl").find("in/5.mp4"), std::string::npos);
}

TEST_F(ShardTest, ADoneAgainPartIsTheSame) {
  RunShards(2, "in");
  const std::string before = Content("s2.jsonl");
  fs::remove(folder_ / "s2.jsonl");
  fs::remove(folder_ / "s2.jsonl.manifest");
  RunShards(2, "in --cores 3");
  EXPECT_EQ(Content("s2.jsonl"), before);
}

TEST_F(ShardTest, WhatIsNotAWholeRunIsRefused) {
  RunShards(3, "in");
  EXPECT_THAT(MergeError("s1.jsonl s3.jsonl -o all.jsonl"), HasSubstr("shard 2/3 is missing"));
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl -o all.jsonl"), HasSubstr("shard 3/3 is missing"));
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl s1.jsonl s3.jsonl -o all.jsonl"), HasSubstr("are both shard 1/3"));
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl s4.jsonl -o all.jsonl"), HasSubstr("s4.jsonl: has no manifest"));
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl s3.jsonl -o all.txt"), HasSubstr("all.txt: the suffix says"));
  fs::rename(folder_ / "s3.jsonl", folder_ / "kept.jsonl");
  ASSERT_TRUE(WriteFile(folder_ / "s3.jsonl", Content("kept.jsonl") + Content("s1.jsonl")).ok());
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl s3.jsonl -o all.jsonl"), HasSubstr("s3.jsonl: has"));
  ASSERT_EQ(Sinew("run in --model m.sinew --write-jsonl whole.jsonl").code, 3);
  EXPECT_THAT(MergeError("s1.jsonl s2.jsonl whole.jsonl -o all.jsonl"), HasSubstr("whole.jsonl: is no shard"));
}

TEST_F(ShardTest, PartsOfDifferentRunsAreRefused) {
  RunShards(2, "in");
  const auto other = [&](const std::string& arguments) {
    fs::remove(folder_ / "o.jsonl");
    const Outcome outcome = Sinew("run " + arguments + " --shard 2/2 --write-jsonl o.jsonl");
    EXPECT_TRUE(fs::exists(folder_ / "o.jsonl.manifest")) << outcome.err;
    return MergeError("s1.jsonl o.jsonl -o all.jsonl");
  };
  EXPECT_THAT(other("in --model m.sinew --threshold 0.2"),
              AllOf(HasSubstr("not shards of one run"), HasSubstr("--threshold")));
  EXPECT_THAT(other("in in/1.png --model m.sinew"), HasSubstr("number of"));
  EXPECT_THAT(other("in --model graph.pb --net-resolution 64x48"), HasSubstr("the model"));
  WritePicture("in/1.png", 31, 31, 1);
  EXPECT_THAT(other("in --model m.sinew"), HasSubstr("the size of in/1.png"));
}

TEST_F(ShardTest, TheNumberComesFromTheEngineAndTheCountNever) {
  const std::string run = "run in --model m.sinew --write-jsonl e.jsonl --shard ";
  for (const char* variable : {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"}) {
    fs::remove(folder_ / "e.jsonl");
    Sinew(run + "auto/3", std::string(variable) + "=1 SLURM_ARRAY_TASK_COUNT=9");
    EXPECT_THAT(Content("e.jsonl.manifest"), HasSubstr("\"shard\":{\"number\":2,\"of\":3}")) << variable;
  }
  const Outcome beyond = Sinew(run + "auto/3", "SLURM_ARRAY_TASK_ID=3");
  EXPECT_EQ(beyond.code, 2);
  EXPECT_THAT(beyond.err, HasSubstr("the first is 0 and the last 2"));
  for (const char* bad : {"auto/3", "0/3", "4/3", "1/0", "x/3", "1/", "3", "1/2/3"})
    EXPECT_EQ(Sinew(run + bad).code, 2) << bad;
  EXPECT_THAT(Sinew("run in --model m.sinew --shard 1/2 --write-csv e.csv").err, HasSubstr("--write-jsonl"));
}

TEST_F(ShardTest, AKilledPartGoesOn) {
  std::string list;
  for (int i = 0; i < 600; ++i) list += "a.png\n";
  ASSERT_TRUE(WriteFile(folder_ / "long.txt", list).ok());
  const std::string one = "run @long.txt --model m.sinew --shard 1/2 --write-jsonl ";
  Sinew(one + "whole.jsonl");
  Shell(
      "{ until [ \"$(wc -l <r.jsonl.part)\" -ge 3 ]; do sleep 0.02; done 2>/dev/null; kill -9 \"$(cat pid)\"; } &\n"
      "sh -c 'echo $$ >pid; exec \"$SINEW\" " +
      one + "r.jsonl'");
  if (!fs::exists(folder_ / "r.jsonl")) {
    EXPECT_THAT(MergeError("r.jsonl -o all.jsonl"), HasSubstr("r.jsonl: the shard is not finished"));
  }
  EXPECT_EQ(Sinew(one + "r.jsonl --resume").code, 0);
  EXPECT_EQ(Content("r.jsonl"), Content("whole.jsonl"));
  Sinew("run @long.txt --model m.sinew --shard 2/2 --write-jsonl second.jsonl");
  EXPECT_EQ(Sinew("merge r.jsonl second.jsonl -o all.jsonl").code, 0);
  const Outcome other = Sinew("run @long.txt --model m.sinew --shard 2/2 --write-jsonl r.jsonl --resume");
  EXPECT_THAT(other.err, HasSubstr("the shard"));
}

}  // namespace
}  // namespace sinew
