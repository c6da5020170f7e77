// Selection, numbers, times and errors of a video's frames.
#include "media/video/video_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "media/video/fake_reader_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Source> Video(std::vector<Step> steps, const SourceOptions& options = {}, double rate = 0,
                              Times times = Times::kOfContainer) {
  return MakeVideoSource(std::make_unique<FakeReader>(std::move(steps), rate), "v.mp4", times, options);
}

std::vector<Frame> All(Source& source) {
  std::vector<Frame> frames;
  Frame frame;
  for (;;) {
    const Result<bool> more = source.Next(&frame);
    EXPECT_TRUE(more.ok()) << more.status().message();
    if (!more.ok() || !*more) return frames;
    frames.push_back(frame);
  }
}

std::vector<std::optional<double>> Times(const std::vector<std::optional<double>>& container, double rate) {
  std::vector<Step> steps;
  for (const std::optional<double>& seconds : container) steps.push_back({0, seconds, Status()});
  std::vector<std::optional<double>> times;
  for (const Frame& frame : All(*Video(steps, {}, rate))) times.push_back(frame.seconds);
  return times;
}

TEST(VideoSourceTest, SkippedFramesAreNotConverted) {
  auto reader = std::make_unique<FakeReader>(Steps(0, 9), 30, 9);
  const FakeReader& watched = *reader;
  const auto source =
      MakeVideoSource(std::move(reader), "v.mp4", Times::kOfContainer, {.frames = {.first = 1, .step = 3, .last = 7}});
  EXPECT_EQ(source->expected_frames(), 3);
  const std::vector<Frame> frames = All(*source);
  ASSERT_EQ(frames.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const int64_t number = 1 + 3 * static_cast<int64_t>(i);
    EXPECT_EQ(frames[i].number, number);
    EXPECT_EQ(FrameNumber(frames[i].image), number);
    EXPECT_DOUBLE_EQ(frames[i].seconds.value(), static_cast<double>(number) / 30);
    EXPECT_DOUBLE_EQ(frames[i].frames_per_second, 10);
    EXPECT_EQ(frames[i].kind, InputKind::kVideo);
  }
  EXPECT_EQ(watched.converted(), 3);
}

TEST(VideoSourceTest, TimesOfTheContainerWhereTheyAreUsable) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(Times({0, 0.5, 0.7}, 10), ElementsAre(0, 0.5, 0.7));
  EXPECT_THAT(Times({0, 0, 0}, 10), ElementsAre(0, 0.1, 0.2)) << "all zero: by frame rate";
  EXPECT_THAT(Times({nan, infinity, -5}, 10), ElementsAre(0, 0.1, 0.2));
  EXPECT_THAT(Times({std::nullopt, std::nullopt}, 4), ElementsAre(0, 0.25));
  EXPECT_THAT(Times({std::nullopt, std::nullopt}, 0), ElementsAre(std::nullopt, std::nullopt)) << "no rate, no times";
  EXPECT_THAT(Times({0, 5, 4, 6}, 10), ElementsAre(0, 5, std::nullopt, 6)) << "times never go back";
}

TEST(VideoSourceTest, LiveTimesAreWhenFramesCame) {
  const std::vector<Frame> frames = All(*Video({{0, 1000.0, {}}, {1, 999.0, {}}}, {}, 25, Times::kWhenTheyCome));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_LT(frames[0].seconds.value(), frames[1].seconds.value());
  EXPECT_LT(frames[1].seconds.value(), 10);
}

TEST(VideoSourceTest, ADamagedFrameHasItsNumberAndItsError) {
  const std::vector<Frame> frames = All(*Video({{0, {}, {}}, {1, {}, Corrupt("v.mp4: damaged")}, {2, {}, {}}}, {}, 10));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].error, "v.mp4: damaged");
  EXPECT_EQ(frames[1].number, 1);
  EXPECT_TRUE(frames[1].image.pixels.empty());
  EXPECT_EQ(frames[2].error, "");
  EXPECT_EQ(frames[2].number, 2);
  EXPECT_EQ(FrameNumber(frames[2].image), 2);
}

TEST(VideoSourceTest, CoveredDamageIsMarked) {
  const std::vector<Frame> frames = All(*Video({{0, {}, {}}, {1, {}, {}, true}, {2, {}, Corrupt("gone"), true}}));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_FALSE(frames[0].damaged);
  EXPECT_TRUE(frames[1].damaged);
  EXPECT_EQ(FrameNumber(frames[1].image), 1);
  EXPECT_FALSE(frames[2].damaged) << "an error says more";
}

TEST(VideoSourceTest, ADamagedFrameThatIsNotTakenIsNoMatterUnlessItIsTheEnd) {
  const std::vector<Step> damaged = {{0, {}, {}}, {1, {}, Corrupt("damaged")}, {2, {}, {}}};
  EXPECT_EQ(All(*Video(damaged, {.frames = {.step = 2}})).size(), 2u);
  const auto truncated = Video({{0, {}, {}}, {1, {}, Corrupt("v.mp4: truncated")}}, {.frames = {.step = 2}});
  Frame frame;
  EXPECT_TRUE(truncated->Next(&frame).value());
  EXPECT_EQ(truncated->Next(&frame).status().message(), "v.mp4: truncated");
}

TEST(VideoSourceTest, OtherErrorsEndIt) {
  const auto source = Video({{0, {}, {}}, {1, {}, Unavailable("gone")}});
  Frame frame;
  EXPECT_TRUE(source->Next(&frame).value());
  EXPECT_EQ(source->Next(&frame).status().message(), "gone");
}

TEST(VideoSourceTest, ASelectionBehindTheEndIsAnError) {
  const auto source = Video(Steps(0, 4), {.frames = {.first = 10}});
  Frame frame;
  EXPECT_EQ(source->Next(&frame).status().message(),
            "v.mp4: has 4 frames (0 to 3), none of them is to be taken: the first would be 10");
}

TEST(VideoSourceTest, Stops) {
  std::atomic<bool> stop = false;
  const auto source = Video(Steps(0, 4), {.stop = [&] { return stop.load(); }});
  Frame frame;
  EXPECT_TRUE(source->Next(&frame).value());
  stop = true;
  EXPECT_FALSE(source->Next(&frame).value());
  EXPECT_FALSE(Video({{0, {}, Cancelled("stopped")}})->Next(&frame).value());
}

}  // namespace
}  // namespace sinew::media
