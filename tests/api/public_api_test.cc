// What a program can do with the public headers alone: nothing else of sinew is included here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sinew/decode_options.h"
#include "sinew/draw.h"
#include "sinew/io.h"
#include "sinew/keypoint_order.h"
#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pipeline.h"
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

// Noise, in which the miniature network sees people.
sinew::Picture Noise(int width, int height, unsigned state) {
  sinew::Picture picture = Grey(width, height);
  for (uint8_t& value : picture.pixels) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<uint8_t>(state >> 24);
  }
  return picture;
}

std::string Bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

class PublicApiTest : public ::testing::Test {
 protected:
  // Each of the programs that are made of this file has a folder of its own.
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A miniature network for 64x48, compiled by the program: whoever runs models may know nothing of compilers.
  std::filesystem::path MakeModel() const {
    const std::string command = "cd '" + folder_.string() +
                                "' && '" SINEW_MAKE_MODEL "' graph.pb && '" SINEW_PROGRAM
                                "' compile graph.pb --net-resolution 64x48 -o m.sinew -q";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return folder_ / "m.sinew";
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("sinew public api " + std::to_string(getpid()));
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

  const std::string bytes = Bytes(folder_ / "a.png");
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
    if (frame > 6) {
      EXPECT_LT(std::abs(smooth->at(0).keypoints[0].x - 10.5f), 0.5f) << "trembles less";
    }
  }
  sinew::Tracker moved = std::move(tracker);
  EXPECT_EQ(moved.Update(1, {})->size(), 1u);
}

TEST_F(PublicApiTest, ModelsThatAreNotThereAreNamed) {
  const auto model = sinew::Model::Load(folder_ / "none.sinew");
  EXPECT_EQ(model.status().code(), sinew::StatusCode::kNotFound);
  EXPECT_THAT(model.status().message(), HasSubstr("none.sinew"));
}

// The maps of a picture, as `model` computes them.
std::vector<float> Maps(const sinew::Model& model, const std::vector<float>& picture) {
  sinew::Session session = sinew::Session::Create(model, {.threads = 2}).value();
  EXPECT_EQ(session.input().size(), picture.size());
  std::copy(picture.begin(), picture.end(), session.input().begin());
  EXPECT_TRUE(session.Run().ok());
  const sinew::TensorView maps = session.output();
  std::vector<float> values;
  for (int i = 0; i < maps.height * maps.width; ++i) {
    const float* const pixel = maps.data + static_cast<size_t>(i) * maps.pixel_stride;
    values.insert(values.end(), pixel, pixel + maps.channels);
  }
  return values;
}

// The examples of sinew/model.h.
TEST_F(PublicApiTest, ModelsComeFromMemory) {
  const std::filesystem::path path = MakeModel();
  const std::string content = Bytes(path);
  const sinew::Model loaded = sinew::Model::Load(path).value();
  std::vector<float> picture(3 * 64 * 48);
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i * 7919 % 256);
  const std::vector<float> expected = Maps(loaded, picture);

  // Copied: what it was made of goes.
  std::vector<char> bytes(content.begin(), content.end());
  const sinew::Model copied = sinew::Model::FromMemory(std::as_bytes(std::span(bytes)), "a download").value();
  std::fill(bytes.begin(), bytes.end(), 0);
  bytes = {};
  EXPECT_EQ(Maps(copied, picture), expected);
  EXPECT_EQ(copied.name(), loaded.name());
  EXPECT_EQ(copied.target(), loaded.target());
  EXPECT_EQ(copied.resolutions(), loaded.resolutions());
  EXPECT_EQ(copied.weight_bytes(), loaded.weight_bytes());
  EXPECT_EQ(copied.weights_hash(), loaded.weights_hash());
  EXPECT_EQ(copied.description()->skeleton.keypoints.size(), 18u);
  EXPECT_TRUE(copied.CheckUnchanged().ok());

  // Where it is, or copied where that is no multiple of 64: the owner goes with the last session.
  for (const size_t shift : {size_t{0}, size_t{1}, size_t{4}, size_t{32}}) {
    const size_t room = (content.size() + 64 + 63) / 64 * 64;
    std::shared_ptr<std::byte> owner(static_cast<std::byte*>(std::aligned_alloc(64, room)), std::free);
    std::copy(content.begin(), content.end(), reinterpret_cast<char*>(owner.get()) + shift);
    const std::weak_ptr<std::byte> watch = owner;
    std::optional<sinew::Model> model =
        sinew::Model::FromMemory({owner.get() + shift, content.size()}, owner, "an archive").value();
    owner.reset();
    EXPECT_EQ(watch.expired(), shift != 0) << shift;
    EXPECT_EQ(Maps(*model, picture), expected) << shift;
    std::optional<sinew::Session> session = sinew::Session::Create(*model).value();
    model.reset();
    EXPECT_EQ(watch.expired(), shift != 0) << "the session has it still";
    std::copy(picture.begin(), picture.end(), session->input().begin());
    EXPECT_TRUE(session->Run().ok());
    session.reset();
    EXPECT_TRUE(watch.expired()) << shift;
  }
}

TEST_F(PublicApiTest, BytesThatAreNoModelAreRefused) {
  const std::string content = Bytes(MakeModel());
  const auto status = [](const std::string& bytes) {
    return sinew::Model::FromMemory(std::as_bytes(std::span(bytes)), "a download").status();
  };
  EXPECT_EQ(status("").code(), sinew::StatusCode::kInvalidArgument);
  EXPECT_THAT(status("<html>404").message(), StartsWith("a download: is not a sinew artifact"));
  EXPECT_EQ(status(content.substr(0, content.size() / 2)).code(), sinew::StatusCode::kCorrupt);
  EXPECT_THAT(status(content.substr(0, content.size() / 2)).message(), StartsWith("a download: is truncated"));
  std::string damaged = content;
  damaged[content.size() - 1000] ^= 1;
  EXPECT_EQ(status(damaged).code(), sinew::StatusCode::kCorrupt);
  EXPECT_THAT(status(damaged).message(), StartsWith("a download: a checksum does not match"));
  std::string newer = content;
  newer[8] = 100;
  EXPECT_EQ(status(newer).code(), sinew::StatusCode::kIncompatible);
  EXPECT_THAT(sinew::Model::FromMemory(std::as_bytes(std::span(damaged))).status().message(),
              StartsWith("the model in memory: "));
}

// The example of sinew/pipeline.h.
TEST_F(PublicApiTest, PipelinesHandOverAllFramesInOrder) {
  const sinew::Model model = sinew::Model::Load(MakeModel()).value();
  const sinew::Picture picture = Noise(80, 60, 7);
  ASSERT_TRUE(sinew::WritePicture(folder_ / "1.png", picture).ok());
  std::ofstream(folder_ / "2.jpg") << "\xff\xd8\xff no picture";
  std::ofstream video(folder_ / "3.y4m", std::ios::binary);
  video << "YUV4MPEG2 W80 H60 F10:1 C444\n";
  const std::string pixels(picture.pixels.begin(), picture.pixels.end());
  for (int i = 0; i < 3; ++i) video << "FRAME\n" << pixels;
  video.close();

  const std::vector<std::string> inputs = {(folder_ / "1.png").string(), (folder_ / "2.jpg").string(),
                                           (folder_ / "3.y4m").string()};
  sinew::RunOptions options;
  options.lanes = 3;
  options.decode.min_parts = 1;
  options.decode.min_score = 0;
  options.track = true;
  std::vector<std::string> seen;
  std::vector<sinew::Person> people;
  int64_t total = 0;
  const auto report = sinew::RunPipeline(model, inputs, options, [&](const sinew::FramePeople& frame) {
    seen.push_back(std::filesystem::path(frame.source).filename().string() + " " + std::to_string(frame.number));
    if (seen.size() == 1) people = frame.people;
    total += static_cast<int64_t>(frame.people.size());
    EXPECT_EQ(frame.ids.size(), frame.people.size());
    EXPECT_EQ(frame.status.ok(), seen.size() != 2);
    EXPECT_EQ(frame.picture.data == nullptr, seen.size() == 2);
    EXPECT_EQ(frame.seconds.has_value(), seen.size() > 2);
    return true;
  });
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_THAT(seen, ElementsAre("1.png 0", "2.jpg 0", "3.y4m 0", "3.y4m 1", "3.y4m 2"));
  EXPECT_EQ(report->frames, 5);
  EXPECT_EQ(report->failed, 1);
  EXPECT_EQ(report->people, total);
  EXPECT_FALSE(report->stopped);
  EXPECT_FALSE(people.empty());
  // Who is followed is rounded as records are.
  const auto expected =
      sinew::PoseEstimator::Create(model, {.decode = options.decode})->Estimate(picture.view()).value();
  ASSERT_EQ(people.size(), expected.size());
  for (size_t i = 0; i < people.size(); ++i) {
    EXPECT_NEAR(people[i].score, expected[i].score, 1e-6) << i;
    ASSERT_EQ(people[i].keypoints.size(), expected[i].keypoints.size()) << i;
    for (size_t k = 0; k < people[i].keypoints.size(); ++k) {
      EXPECT_NEAR(people[i].keypoints[k].x, expected[i].keypoints[k].x, 1e-3) << i << " " << k;
      EXPECT_NEAR(people[i].keypoints[k].y, expected[i].keypoints[k].y, 1e-3) << i << " " << k;
    }
  }

  // BODY_25, as OpenPose's tools read it.
  const auto order = sinew::KeypointOrder::Create(model.description()->skeleton, sinew::Body25Skeleton());
  EXPECT_EQ(order->Reorder(people[0].keypoints).size(), 25u);

  int taken = 0;
  const auto stopped =
      sinew::RunPipeline(model, inputs, options, [&](const sinew::FramePeople&) { return ++taken < 2; });
  EXPECT_EQ(taken, 2);
  EXPECT_TRUE(stopped->stopped);
  const auto error = [&](std::span<const std::string> from, const sinew::RunOptions& wrong) {
    return sinew::RunPipeline(model, from, wrong, [](const sinew::FramePeople&) { return true; }).status().message();
  };
  EXPECT_THAT(error({}, {}), HasSubstr("no inputs"));
  EXPECT_THAT(error(inputs, {.threads = 0}), HasSubstr("0 lanes of 0 threads"));
  EXPECT_THAT(error(inputs, {.resolution = {65, 48}}), HasSubstr("65x48"));
  EXPECT_THAT(error(inputs, {.frame_step = 0}), HasSubstr("frame_step is 0"));
  EXPECT_THAT(error(inputs, {.smooth = true}), HasSubstr("smooth needs track"));
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
