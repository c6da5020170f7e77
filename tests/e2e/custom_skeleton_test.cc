// A skeleton of four keypoints, from maps to every output: nothing on the way may assume COCO-18.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/file.h"
#include "media/images/image.h"
#include "pose/decode.h"
#include "pose/synthetic_maps_test_util.h"
#include "results/coco_json.h"
#include "results/csv.h"
#include "results/heatmaps.h"
#include "results/jsonl.h"
#include "results/openpose_json.h"
#include "results/render.h"
#include "sinew/draw.h"
#include "sinew/track.h"

namespace sinew {
namespace {

using pose::DrawMaps;
using pose::FishDescription;
using pose::SwimmingFish;
using pose::SyntheticMaps;
using pose::SyntheticPerson;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

// Cells of the maps, and a picture of twice the network's input.
constexpr int kColumns = 80, kRows = 48;
constexpr int kWidth = 2 * 4 * kColumns, kHeight = 2 * 4 * kRows;
constexpr pose::MapGeometry kGeometry{.picture_width = kWidth, .picture_height = kHeight};

std::vector<SyntheticPerson> School() {
  return {SwimmingFish(60, 50, 30), SwimmingFish(200, 60, 36), SwimmingFish(130, 130, 32)};
}

std::vector<Person> Decode(const SyntheticMaps& maps) {
  pose::Decoder decoder(FishDescription());
  return decoder.Decode(maps.view(), kGeometry).value();
}

class CustomSkeletonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / "sinew custom skeleton";
    std::filesystem::create_directories(folder_);
    people_ = Decode(DrawMaps(kColumns, kRows, School(), description_));
    ASSERT_EQ(people_.size(), 3u);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  results::Record Record() const {
    return {.source = "pond.png", .width = kWidth, .height = kHeight, .people = people_};
  }
  std::string Content(const char* name) const { return ReadFile(folder_ / name).value(); }

  const ModelDescription description_ = FishDescription();
  std::filesystem::path folder_;
  std::vector<Person> people_;
};

TEST_F(CustomSkeletonTest, EveryKeypointIsFoundWhereItIs) {
  ASSERT_TRUE(description_.Validate().ok());
  for (const SyntheticPerson& fish : School()) {
    int found = 0;
    for (const Person& person : people_) {
      ASSERT_EQ(person.keypoints.size(), 4u);
      double furthest = 0;
      for (size_t k = 0; k < 4; ++k) {
        // The centre of network pixel x lies at 2x + 1/2 in the picture.
        furthest = std::max<double>(furthest, std::hypot(person.keypoints[k].x - (2 * fish.joints[k].x + 0.5),
                                                         person.keypoints[k].y - (2 * fish.joints[k].y + 0.5)));
      }
      found += furthest < 8;  // a cell
    }
    EXPECT_EQ(found, 1);
  }
}

TEST_F(CustomSkeletonTest, HeadsMayLieInOutputsOfTheirOwn) {
  const SyntheticMaps maps = DrawMaps(kColumns, kRows, School(), description_);
  ModelDescription description = description_;
  description.heads.heat_maps = {.output = 2, .first = 1, .count = 4};
  std::vector<float> fields, heat, unused(1, NAN);
  for (size_t cell = 0; cell < size_t{kColumns} * kRows; ++cell) {
    const float* values = maps.values.data() + cell * 11;
    fields.insert(fields.end(), values, values + 6);
    heat.push_back(NAN);
    heat.insert(heat.end(), values + 7, values + 11);
  }
  const ConstView outputs[] = {
      {fields.data(), kRows, kColumns, 6, 6}, {unused.data(), 1, 1, 1, 1}, {heat.data(), kRows, kColumns, 5, 5}};
  pose::Decoder decoder(description);
  EXPECT_EQ(decoder.Decode(outputs, kGeometry).value(), people_);
  EXPECT_THAT(decoder.Decode(std::span(outputs, 2), kGeometry).status().message(), HasSubstr("2 outputs"));
  heat[5 * 7 + 3] = NAN;
  EXPECT_THAT(decoder.Decode(outputs, kGeometry).status().message(),
              HasSubstr("output 2: channel 3 is not finite (nan) at row 0, column 7"));
}

TEST_F(CustomSkeletonTest, WhoLacksAKeypointLacksAFourthOfIt) {
  std::vector<SyntheticPerson> school = School();
  school[1].joints[3].visible = false;
  const SyntheticMaps maps = DrawMaps(kColumns, kRows, school, description_);
  EXPECT_EQ(Decode(maps).size(), 2u) << "the default asks for four keypoints";
  pose::Decoder decoder(description_);
  EXPECT_EQ(decoder.Decode(maps.view(), kGeometry, {.min_parts = 3})->size(), 3u);
  EXPECT_THAT(decoder.Decode(maps.view(), kGeometry, {.min_parts = 5}).status().message(),
              HasSubstr("min_parts is 5, must be 1 to 4"));
}

TEST_F(CustomSkeletonTest, OpenPoseJsonHasItsKeypointsInItsOrder) {
  const std::string text = results::ToOpenPoseJson(Record(), {.boxes = true, .skeleton = description_.skeleton});
  const Json json = Json::parse(text);
  ASSERT_EQ(json["people"].size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const Json& keypoints = json["people"][i]["pose_keypoints_2d"];
    ASSERT_EQ(keypoints.size(), 12u);
    for (size_t k = 0; k < 4; ++k) EXPECT_NEAR(keypoints[3 * k].get<float>(), people_[i].keypoints[k].x, 1e-3);
    EXPECT_TRUE(json["people"][i]["face_box"].is_null()) << "fish have no face that COCO knows";
  }
  EXPECT_EQ(results::ParseOpenPoseJson(text, "pond")->at(2).keypoints.size(), 4u);
  EXPECT_EQ(results::ParseJsonLine(results::ToJsonLine(Record()))->people[0].keypoints.size(), 4u);
}

TEST_F(CustomSkeletonTest, CsvHasItsNamesAsColumns) {
  auto writer = results::CreateCsvWriter(folder_ / "x.csv", description_.skeleton).value();
  ASSERT_TRUE(writer->Write(Record()).ok());
  ASSERT_TRUE(writer->Write({.source = "nobody.png", .width = 1, .height = 1}).ok());
  results::Record other = Record();
  other.people[1].keypoints.resize(18);
  EXPECT_THAT(writer->Write(other).message(), HasSubstr("a person of 18 keypoints, the skeleton fish has 4"));
  ASSERT_TRUE(writer->Finish().ok());
  const std::string text = Content("x.csv");
  EXPECT_THAT(text,
              StartsWith("source,frame,seconds,width,height,person,person_id,score,nose_x,nose_y,nose_score,back_x,"
                         "back_y,back_score,tail_x,tail_y,tail_score,fin_x,fin_y,fin_score,error,damaged\n"));
  EXPECT_THAT(text, HasSubstr("\nnobody.png,0,,1,1,,,,,,,,,,,,,,,,,\n"));
}

TEST_F(CustomSkeletonTest, CocoGetsWhatItKnows) {
  Skeleton with_nose = description_.skeleton;
  with_nose.keypoints[0].coco = 0;
  auto writer = results::CreateCocoWriter(folder_ / "x.json", with_nose).value();
  ASSERT_TRUE(writer->Write(Record()).ok());
  ASSERT_TRUE(writer->Finish().ok());
  const Json json = Json::parse(Content("x.json"));
  ASSERT_EQ(json.size(), 3u);
  ASSERT_EQ(json[0]["keypoints"].size(), 51u);
  EXPECT_NEAR(json[0]["keypoints"][0].get<float>(), people_[0].keypoints[0].x, 1e-3);
  for (size_t i = 3; i < 51; ++i) EXPECT_EQ(json[0]["keypoints"][i], 0);
}

TEST_F(CustomSkeletonTest, IsDrawnInItsColours) {
  std::vector<uint8_t> pixels(3 * kWidth * kHeight);
  const MutableImageView picture = {pixels.data(), kWidth, kHeight, 3 * kWidth};
  ASSERT_TRUE(DrawPeople(people_, description_.skeleton, picture).ok());
  for (const Person& person : people_) {
    for (size_t k = 0; k < 4; ++k) {
      const Keypoint& at = person.keypoints[k];
      const uint8_t* pixel = &pixels[3 * static_cast<size_t>(std::lround(at.y) * kWidth + std::lround(at.x))];
      const Rgb color = description_.skeleton.keypoints[k].color;
      EXPECT_EQ((Rgb{pixel[2], pixel[1], pixel[0]}), color) << description_.skeleton.keypoints[k].name;
    }
    // Half way from nose to back: the back's colour, through which the picture shines.
    const Keypoint &nose = person.keypoints[0], &back = person.keypoints[1];
    const uint8_t* pixel = &pixels[3 * static_cast<size_t>(std::lround((nose.y + back.y) / 2) * kWidth +
                                                           std::lround((nose.x + back.x) / 2))];
    EXPECT_EQ(pixel[2], 0);
    EXPECT_NEAR(pixel[1], 0.7 * 255, 2);
  }
  EXPECT_THAT(DrawPeople(people_, Coco18Skeleton(), picture).message(), HasSubstr("person 0 has 4 keypoints"));
}

TEST_F(CustomSkeletonTest, MapsAreShownAndWritten) {
  // As PoseEstimator::maps() puts them: heat maps, then fields.
  const SyntheticMaps maps = DrawMaps(kColumns, kRows, School(), description_);
  std::vector<float> ordered;
  for (size_t cell = 0; cell < size_t{kColumns} * kRows; ++cell) {
    const float* values = maps.values.data() + cell * 11;
    ordered.insert(ordered.end(), values + 7, values + 11);
    ordered.insert(ordered.end(), values, values + 6);
  }
  ASSERT_EQ(description_.map_channels(), 10);
  const TensorView view = {ordered.data(), kRows, kColumns, 10, 10};
  ASSERT_TRUE(results::WriteHeatmaps(folder_, "a", results::HeatmapFormat::kPng, view, description_).ok());
  const media::Image png = media::ReadImage(folder_ / "a_pose_heatmaps.png").value();
  EXPECT_EQ(png.width, 10 * kColumns);
  EXPECT_THAT(results::WriteHeatmaps(folder_, "a", results::HeatmapFormat::kPng, view, TfPoseDescription()).message(),
              HasSubstr("maps of 10 channels, a picture shows the 57 of coco18"));

  const results::Renderer renderer =
      results::Renderer::Create({.mode = results::RenderMode::kHeatmap}, description_).value();
  media::Image image = media::Image::OfSize(kWidth, kHeight);
  ASSERT_TRUE(renderer.Render(Record(), view, "", &image).ok());
  const Keypoint& fin = people_[0].keypoints[3];
  const auto brightness = [&](float x, float y) {
    const uint8_t* pixel = &image.pixels[3 * static_cast<size_t>(std::lround(y) * kWidth + std::lround(x))];
    return pixel[0] + pixel[1] + pixel[2];
  };
  EXPECT_GT(brightness(fin.x, fin.y), 200);
  EXPECT_LT(brightness(5, kHeight - 5), 20);
}

TEST_F(CustomSkeletonTest, IsTrackedAndSmoothed) {
  Tracker tracker = Tracker::Create({.look_ahead_frames = 4}, description_.skeleton).value();
  KeypointSmoother smoother = KeypointSmoother::Create({}, description_.skeleton).value();
  std::vector<Tracker::FrameIds> ids;
  std::vector<std::vector<Person>> frames;
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<SyntheticPerson> school = School();
    for (SyntheticPerson& fish : school) {
      for (SyntheticPerson::Joint& joint : fish.joints) joint.x += 1.3f * static_cast<float>(frame);
    }
    frames.push_back(Decode(DrawMaps(kColumns, kRows, school, description_)));
    ASSERT_EQ(frames.back().size(), 3u);
    const auto update = tracker.Update(frame * 0.04, frames.back());
    ASSERT_TRUE(update.ok()) << update.status().message();
    ids.insert(ids.end(), update->begin(), update->end());
  }
  for (auto& decided : tracker.Finish()) ids.push_back(decided);
  ASSERT_EQ(ids.size(), 20u);
  std::map<int64_t, float> height;
  for (size_t frame = 0; frame < 20; ++frame) {
    for (size_t i = 0; i < 3; ++i) {
      ASSERT_NE(ids[frame][i], kNoId) << "from the first frame on";
      const float y = frames[frame][i].keypoints[1].y;  // they keep their heights
      EXPECT_NEAR(height.try_emplace(ids[frame][i], y).first->second, y, 8);
    }
    const auto smooth = smoother.Smooth(static_cast<double>(frame) * 0.04, frames[frame], ids[frame]);
    ASSERT_TRUE(smooth.ok()) << smooth.status().message();
    EXPECT_EQ(smooth->at(0).keypoints.size(), 4u);
  }
  EXPECT_EQ(height.size(), 3u);
}

}  // namespace
}  // namespace sinew
