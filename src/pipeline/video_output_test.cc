// The written video's clock, sizes and sound.
#include "pipeline/video_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/media_test_util.h"
#include "media/video/ffmpeg_test_util.h"

namespace sinew::pipeline {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

class VideoOutputTest : public media::BackendTest {
 protected:
  // Frames of everything that the arguments stand for, written as they come.
  static std::string Write(const std::vector<std::string>& inputs, VideoOutputOptions options,
                           media::SourceOptions source_options = {}) {
    std::vector<media::SkippedFile> skipped;
    const auto source = media::OpenInputs(media::ExpandInputs(inputs, {}, &skipped), source_options).value();
    VideoOutput output(std::move(options));
    for (media::Frame frame; source->Next(&frame).value(); frame = media::Frame()) {
      const Status status = output.Write(&frame);
      EXPECT_TRUE(status.ok()) << status.message();
    }
    const Status status = output.Finish(/*complete=*/true);
    EXPECT_TRUE(status.ok()) << status.message();
    return output.remark();
  }
  static std::vector<double> Times(const std::string& path) {
    std::vector<double> times;
    const auto reader = media::OpenVideo(path).value();
    while (reader->Skip().value()) times.push_back(reader->seconds().value());
    return times;
  }
};

TEST_F(VideoOutputTest, FramesKeepTheirTimesAndTheVideoItsLength) {
  const std::vector<double> times = {0, 0.04, 0.5, 0.54, 1.6, 3.5};
  media::MakeVideo({.path = "in.mp4", .codec = "mpeg4", .seconds = times});
  EXPECT_EQ(Write({"in.mp4"}, {.path = "out.mp4"}), "");
  EXPECT_THAT(Times("out.mp4"), Pointwise(DoubleNear(0.001), times));
  EXPECT_NEAR(media::SeeVideo("out.mp4").seconds, 3.6, 0.01);
  // Every other one: as far apart as they were.
  Write({"in.mp4"}, {.path = "out.mp4"}, {.frames = {.first = 1, .step = 2}});
  EXPECT_THAT(Times("out.mp4"), Pointwise(DoubleNear(0.001), std::vector<double>{0, 0.5, 3.46}));
}

TEST_F(VideoOutputTest, InputsFollowOneAnother) {
  media::MakeVideo({.path = "a.mp4", .codec = "mpeg4", .seconds = {0, 0.5}});
  ASSERT_TRUE(media::WriteImage("p.png", media::Numbered(1)).ok());
  Write({"a.mp4", "p.png", "p.png", "a.mp4"}, {.path = "out.mp4", .picture_rate = 4, .sound = false});
  const std::vector<double> times = Times("out.mp4");
  ASSERT_EQ(times.size(), 6u);
  EXPECT_NEAR(times[1], 0.5, 0.001);
  EXPECT_NEAR(times[3] - times[2], 0.25, 0.001) << "pictures";
  EXPECT_NEAR(times[4] - times[3], 0.25, 0.001);
  EXPECT_NEAR(times[5] - times[4], 0.5, 0.001);
}

TEST_F(VideoOutputTest, SoundStaysInTime) {
  std::vector<double> times;
  for (int i = 0; i < 30; ++i) times.push_back(i / 10.0);
  media::MakeVideo({.path = "in.mp4", .codec = "mpeg4", .sound = "aac", .seconds = times, .sound_seconds = 3});
  EXPECT_EQ(Write({"in.mp4"}, {.path = "out.mp4"}), "");
  EXPECT_EQ(media::SeeVideo("out.mp4").sound, "aac");
  EXPECT_NEAR(media::SeeVideo("out.mp4").last_sound, 3, 0.1);
  Write({"in.mp4"}, {.path = "cut.mkv"}, {.frames = {.first = 10, .last = 19}});
  EXPECT_NEAR(media::SeeVideo("cut.mkv").first_sound, 0, 0.05);
  EXPECT_NEAR(media::SeeVideo("cut.mkv").last_sound, 1, 0.1);
  Write({"in.mp4"}, {.path = "silent.mp4", .sound = false});
  EXPECT_EQ(media::SeeVideo("silent.mp4").sound, "");
  EXPECT_THAT(Write({"in.mp4"}, {.path = "out.webm"}), HasSubstr("WebM holds no aac"));
}

TEST_F(VideoOutputTest, TheShapeOfPixelsStays) {
  media::MakeVideo({.path = "in.mkv", .pixel_aspect = {4, 3}});
  Write({"in.mkv"}, {.path = "out.mp4"});
  EXPECT_NEAR(media::SeeVideo("out.mp4").pixel_aspect, 4.0 / 3, 0.001);
  EXPECT_EQ(media::SeeVideo("out.mp4").width, 64);
  // A quarter turn turns the pixels as well.
  Write({"in.mkv"}, {.path = "out.mp4"}, {.orientation = {90, false}});
  EXPECT_NEAR(media::SeeVideo("out.mp4").pixel_aspect, 3.0 / 4, 0.001);
}

TEST_F(VideoOutputTest, MissingPicturesAreBlackAtFirstAndRepeatedLater) {
  VideoOutput output({.path = "out.mp4", .picture_rate = 10});
  for (const int number : {-1, 5, -1, 7}) {
    media::Frame frame;
    if (number >= 0) frame.image = media::Numbered(number);
    frame.input = static_cast<size_t>(number + 1);
    ASSERT_TRUE(output.Write(&frame).ok());
  }
  ASSERT_TRUE(output.Finish(true).ok());
  const auto reader = media::OpenVideo("out.mp4").value();
  std::vector<int> numbers;
  for (media::Image image; reader->Next(&image).value();) numbers.push_back(media::FrameNumber(image));
  EXPECT_THAT(numbers, ElementsAre(-1, 5, 5, 7));
}

TEST_F(VideoOutputTest, AnInterruptedVideoStaysPart) {
  VideoOutput output({.path = "out.mp4"});
  media::Frame frame;
  frame.image = media::Numbered(3);
  ASSERT_TRUE(output.Write(&frame).ok());
  ASSERT_TRUE(output.Finish(/*complete=*/false).ok());
  EXPECT_FALSE(std::filesystem::exists("out.mp4"));
  EXPECT_EQ(Times("out.mp4.part").size(), 1u);
}

}  // namespace
}  // namespace sinew::pipeline
