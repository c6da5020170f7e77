// What a program can do with the public headers alone: nothing else of sinew is included here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "sinew/decode_options.h"
#include "sinew/draw.h"
#include "sinew/io.h"
#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/status.h"
#include "sinew/track.h"

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Everything found, on a line from the upper left to the lower right, 8 pixels from keypoint to keypoint.
sinew::Person Diagonal(float x, float y) {
  sinew::Person person{.keypoints = {}, .score = 0.9f};
  for (int k = 0; k < 18; ++k) {
    const float way = 8.0f * static_cast<float>(k);
    person.keypoints.push_back({x + way, y + way, 0.8f});
  }
  return person;
}

sinew::Picture Grey(int width, int height) {
  return {width, height, std::vector<uint8_t>(3 * static_cast<size_t>(width * height), 128)};
}

class PublicApiTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew public api";
};

TEST_F(PublicApiTest, PicturesComeBackAsTheyWereWritten) {
  sinew::Picture picture = Grey(20, 10);
  picture.pixels[3 * 25 + 2] = 255;
  ASSERT_TRUE(sinew::WritePicture(folder_ / "a.png", picture).ok());
  const sinew::Result<sinew::Picture> again = sinew::ReadPicture(folder_ / "a.png");
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->width, 20);
  EXPECT_EQ(again->height, 10);
  EXPECT_EQ(again->pixels, picture.pixels);

  std::ifstream file(folder_ / "a.png", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  EXPECT_EQ(sinew::DecodePicture({data, bytes.size()}, "memory")->pixels, picture.pixels);
  EXPECT_THAT(sinew::DecodePicture({data, bytes.size() / 2}, "memory").status().message(), HasSubstr("memory"));
}

TEST_F(PublicApiTest, PicturesThatMakeNoSenseAreRefused) {
  EXPECT_EQ(sinew::ReadPicture(folder_ / "none.png").status().code(), sinew::StatusCode::kNotFound);
  sinew::Picture picture = Grey(20, 10);
  picture.width = 21;
  EXPECT_THAT(sinew::WritePicture(folder_ / "b.png", picture).message(), HasSubstr("21x10 with 600 bytes"));
  EXPECT_FALSE(sinew::WritePicture(folder_ / "b.unknown", Grey(2, 2)).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b.png"));
}

TEST_F(PublicApiTest, JsonComesBack) {
  std::vector<sinew::Person> people = {Diagonal(10, 20), Diagonal(200, 30)};
  people[1].keypoints[4] = {};
  const std::string text = sinew::ToOpenPoseJson(people);
  EXPECT_THAT(text, StartsWith(R"({"version":1.3,"people":[{"person_id":[-1],"pose_keypoints_2d":[10.0,20.0,0.8,)"));
  const auto again = sinew::ParseOpenPoseJson(text, "x");
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ((*again)[0].keypoints, people[0].keypoints);
  EXPECT_EQ((*again)[1].keypoints, people[1].keypoints);
  EXPECT_THAT(sinew::ToOpenPoseJson(people, std::vector<int64_t>{7, 8}), HasSubstr("\"person_id\":[8]"));
  EXPECT_THAT(sinew::ParseOpenPoseJson("[]", "x.json").status().message(), StartsWith("x.json: "));
}

TEST_F(PublicApiTest, PeopleAreDrawnOnRowsWithGaps) {
  // Rows of 40 pixels, 7 bytes apart: the gaps stay as they are.
  constexpr size_t kStride = 3 * 160 + 7;
  std::vector<uint8_t> bytes(kStride * 160, 9);
  const std::vector<sinew::Person> people = {Diagonal(5, 5)};
  const sinew::Skeleton& skeleton = sinew::Coco18Skeleton();
  ASSERT_TRUE(sinew::DrawPeople(people, skeleton, {bytes.data(), 160, 160, kStride}).ok());
  const uint8_t* nose = &bytes[5 * kStride + 15];
  EXPECT_THAT(std::vector<int>(nose, nose + 3), ElementsAre(85, 0, 255));
  for (size_t y = 0; y < 160; ++y) {
    for (size_t i = 3 * 160; i < kStride; ++i) ASSERT_EQ(bytes[y * kStride + i], 9);
  }
}

TEST_F(PublicApiTest, DrawingRefusesWhatItCannotDo) {
  sinew::Picture picture = Grey(20, 10);
  const std::vector<sinew::Person> people = {Diagonal(1, 1)};
  const sinew::Skeleton& skeleton = sinew::Coco18Skeleton();
  const auto error = [&](const sinew::MutableImageView& view, const sinew::DrawOptions& options = {}) {
    return sinew::DrawPeople(people, skeleton, view, options).message();
  };
  EXPECT_EQ(error(picture.mutable_view()), "");
  EXPECT_THAT(error({nullptr, 20, 10, 60}), HasSubstr("nothing to draw on"));
  EXPECT_THAT(error({picture.pixels.data(), 20, 10, 59}), HasSubstr("row stride of 59 bytes"));
  EXPECT_THAT(error(picture.mutable_view(), {.line_width = 0}), HasSubstr("line_width is 0"));
  EXPECT_THAT(error(picture.mutable_view(), {.line_width = std::numeric_limits<float>::quiet_NaN()}),
              HasSubstr("line_width is nan"));
  EXPECT_THAT(error(picture.mutable_view(), {.limb_opacity = 2}), HasSubstr("limb_opacity is 2, must be 0 to 1"));
  EXPECT_THAT(error(picture.mutable_view(), {.min_score = -1}), HasSubstr("min_score is -1"));
  EXPECT_THAT(sinew::DrawPeople(people, sinew::Skeleton(), picture.mutable_view()).message(), HasSubstr("has no name"));
}

// The example of sinew/track.h.
TEST_F(PublicApiTest, PeopleAreFollowedAndSmoothed) {
  sinew::Tracker tracker = sinew::Tracker::Create().value();
  sinew::KeypointSmoother smoother = sinew::KeypointSmoother::Create().value();
  for (int frame = 0; frame < 10; ++frame) {
    const double seconds = 0.04 * frame;
    const std::vector<sinew::Person> people = {Diagonal(10.0f + static_cast<float>(frame % 2), 20), Diagonal(300, 20)};
    const auto ids = tracker.Update(seconds, people);
    ASSERT_TRUE(ids.ok()) << ids.status().message();
    ASSERT_EQ(ids->size(), 1u);
    EXPECT_EQ(ids->front()[0], frame < 2 ? sinew::kNoId : 0);
    EXPECT_EQ(ids->front()[1], frame < 2 ? sinew::kNoId : 1);
    const auto smooth = smoother.Smooth(seconds, people, ids->front());
    ASSERT_TRUE(smooth.ok()) << smooth.status().message();
    if (frame > 6) EXPECT_LT(std::abs(smooth->at(0).keypoints[0].x - 10.5f), 0.5f) << "trembles less";
  }
  sinew::Tracker moved = std::move(tracker);
  EXPECT_EQ(moved.Update(1, {})->size(), 1u);
}

TEST_F(PublicApiTest, ModelsThatAreNotThereAreNamed) {
  const auto model = sinew::Model::Load(folder_ / "none.sinew");
  EXPECT_EQ(model.status().code(), sinew::StatusCode::kNotFound);
  EXPECT_THAT(model.status().message(), HasSubstr("none.sinew"));
}

TEST_F(PublicApiTest, ResolutionsFollowTheConventionOfTheInput) {
  sinew::InputConvention input;
  EXPECT_EQ(sinew::FitResolution({-1, 368}, 1920, 1080, input).value(), (sinew::Resolution{656, 368}));
  input.side_multiple = 16, input.side_offset = 1;  // 16k + 1
  EXPECT_EQ(sinew::FitResolution({-1, 257}, 1920, 1080, input).value(), (sinew::Resolution{449, 257}));
  EXPECT_THAT(sinew::MakeScales({449, 257}, 2, 0.5, input).value(),
              ElementsAre(sinew::Resolution{449, 257}, sinew::Resolution{225, 129}));
  EXPECT_THAT(sinew::MakeScales({17, 17}, 2, 0.5, input).status().message(), HasSubstr("leave nothing of 17x17"));
}

// What the headers call thread-safe.
TEST_F(PublicApiTest, DifferentObjectsInDifferentThreads) {
  std::vector<std::thread> threads;
  std::vector<int> failures(4);
  for (size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&, t] {
      sinew::Tracker tracker = sinew::Tracker::Create({.birth_frames = 1}).value();
      sinew::Picture picture = Grey(200, 200);
      for (int frame = 0; frame < 20; ++frame) {
        const std::vector<sinew::Person> people = {Diagonal(10, 20)};
        failures[t] += tracker.Update(frame, people)->front() != std::vector<int64_t>{0};
        failures[t] += !sinew::DrawPeople(people, sinew::Coco18Skeleton(), picture.mutable_view()).ok();
        failures[t] += sinew::ParseOpenPoseJson(sinew::ToOpenPoseJson(people), "x")->size() != 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(failures, ElementsAre(0, 0, 0, 0));
}

}  // namespace
