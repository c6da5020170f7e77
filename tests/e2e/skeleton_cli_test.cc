// A network and a skeleton of four keypoints of somebody's own, from the command line to every output. The network sees
// colours: a dot of a colour is a keypoint, a line of another the field of a limb.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

using import::TestModel;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr int kWidth = 256, kHeight = 192;

struct Colour {
  uint8_t b, g, r;
};
constexpr Colour kNose = {0, 0, 255}, kBack = {0, 255, 0}, kTail = {255, 0, 0}, kFin = {0, 255, 255};
constexpr Colour kHorizontal = {255, 0, 255}, kVertical = {255, 255, 0};

// One feature for each colour, 1 where it is and 0 where any other is; then, a cell of 4 pixels: heat maps of the four
// keypoints, and the fields nose-back and back-tail to the right, back-fin downwards.
std::string ColourNetwork() {
  TestModel model;
  model.Placeholder("image", {-1, -1, -1, 3});
  // Rows: b, g, r; columns: nose, back, tail, fin, horizontal, vertical.
  std::vector<float> detect = {-1, -1, 1,  -1, 1,  1,    //
                               -1, 1,  -1, 1,  -1, 1,    //
                               1,  -1, -1, 1,  1,  -1};  //
  for (float& value : detect) value /= 255;
  model.Floats("detect", {1, 1, 3, 6}, detect);
  model.Floats("least", {6}, {0, 0, 0, -1, -1, -1});
  model.Conv("colours", "image", "detect")
      .Add("above", "BiasAdd", {"colours", "least"})
      .Add("features", "Relu", {"above"});
  std::string last = "features";
  for (const char* pool : {"half", "quarter"}) {
    model.Add(pool, "MaxPool", {last},
              {{"ksize", std::vector<int64_t>{1, 2, 2, 1}},
               {"strides", std::vector<int64_t>{1, 2, 2, 1}},
               {"padding", std::string("SAME")}});
    last = pool;
  }
  std::vector<float> heads(6 * 10, 0.0f);
  for (size_t k = 0; k < 4; ++k) heads[k * 10 + k] = 1;
  heads[4 * 10 + 4] = heads[4 * 10 + 6] = 1;  // the x of two limbs
  heads[5 * 10 + 9] = 1;                      // the y of the third
  model.Floats("heads", {1, 1, 6, 10}, heads);
  model.Conv("maps", last, "heads");
  return model.GraphDef();
}

constexpr const char* kFish = R"({
  "sinew_description": 1,
  "skeleton": {
    "name": "fish",
    "keypoints": [{"name": "nose", "color": "#ff0000", "coco": "nose"}, {"name": "back"}, {"name": "tail"}, {"name": "fin"}],
    "limbs": [{"from": "nose", "to": "back"}, {"from": "back", "to": "tail"}, {"from": "back", "to": "fin"}]
  },
  "outputs": {"stride": 4}
})";

struct Fish {
  int x, y;  // of its back
};

class SkeletonCliTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    ASSERT_TRUE(WriteFile(folder_ / "fish.pb", ColourNetwork()).ok());
    ASSERT_TRUE(WriteFile(folder_ / "fish.json", kFish).ok());
    media::Image image = media::Image::OfSize(kWidth, kHeight);
    for (const Fish& fish : {Fish{90, 60}, Fish{170, 110}}) {
      Draw(&image, fish.x - 66, fish.y - 4, 133, 9, kHorizontal);
      Draw(&image, fish.x - 4, fish.y, 9, 57, kVertical);
      Dot(&image, fish.x - 60, fish.y, kNose);
      Dot(&image, fish.x, fish.y, kBack);
      Dot(&image, fish.x + 60, fish.y, kTail);
      Dot(&image, fish.x, fish.y + 50, kFin);
    }
    ASSERT_TRUE(media::WriteImage(folder_ / "pond.png", image).ok());
  }

  static void Draw(media::Image* image, int x, int y, int width, int height, Colour colour) {
    for (int row = y; row < y + height; ++row) {
      for (int column = x; column < x + width; ++column) {
        uint8_t* const pixel = &image->pixels[3 * static_cast<size_t>(row * kWidth + column)];
        pixel[0] = colour.b, pixel[1] = colour.g, pixel[2] = colour.r;
      }
    }
  }
  // Brightest in the middle, so that one cell is above all others; smaller than the lines, whose colour the cells
  // around it see as well.
  static void Dot(media::Image* image, int x, int y, Colour colour) {
    for (int dy = -2; dy <= 2; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        const double light = 1 - 0.15 * std::hypot(dx, dy);
        const auto dimmed = [&](uint8_t value) { return static_cast<uint8_t>(light * value); };
        Draw(image, x + dx, y + dy, 1, 1, {dimmed(colour.b), dimmed(colour.g), dimmed(colour.r)});
      }
    }
  }

  void ExpectTwoFish(const Json& people) {
    ASSERT_EQ(people.size(), 2u);
    const bool in_order = people[0]["pose_keypoints_2d"][0] < people[1]["pose_keypoints_2d"][0];
    for (size_t i = 0; i < 2; ++i) {
      const Fish fish = (i == 0) == in_order ? Fish{90, 60} : Fish{170, 110};
      const Json& keypoints = people[i]["pose_keypoints_2d"];
      ASSERT_EQ(keypoints.size(), 12u);
      const std::pair<int, int> expected[] = {{-60, 0}, {0, 0}, {60, 0}, {0, 50}};
      for (size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(keypoints[3 * k].get<double>(), fish.x + expected[k].first, 4) << k;
        EXPECT_NEAR(keypoints[3 * k + 1].get<double>(), fish.y + expected[k].second, 4) << k;
        EXPECT_GT(keypoints[3 * k + 2].get<double>(), 0.5) << k;
      }
    }
  }
};

TEST_F(SkeletonCliTest, CompiledOrNotTheFishAreFound) {
  const Outcome run = Sinew(
      "run pond.png --model fish.pb --skeleton fish.json --net-resolution 256x192 --write-json out "
      "--write-csv out/fish.csv --write-coco-json out/coco.json --write-images out --write-heatmaps out");
  ASSERT_EQ(run.code, 0) << run.err;
  ExpectTwoFish(Json::parse(Content("out/pond_keypoints.json"))["people"]);
  EXPECT_THAT(Content("out/fish.csv"), HasSubstr("score,nose_x,nose_y,nose_score,back_x,back_y,back_score,tail_x"));
  const Json coco = Json::parse(Content("out/coco.json"));
  ASSERT_EQ(coco.size(), 2u);
  EXPECT_GT(coco[0]["keypoints"][2], 0) << "the nose is COCO's";
  EXPECT_EQ(coco[0]["keypoints"][5], 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/pond_rendered.png"));

  const Outcome compile = Sinew("compile fish.pb --skeleton fish.json --net-resolution 256x192 -o fish.sinew");
  ASSERT_EQ(compile.code, 0) << compile.err;
  EXPECT_THAT(compile.out, HasSubstr("described fish: 4 keypoints, 3 limbs, a cell every 4 pixels"));
  ASSERT_EQ(Sinew("run pond.png --model fish.sinew --write-json again").code, 0);
  EXPECT_EQ(Content("again/pond_keypoints.json"), Content("out/pond_keypoints.json"));
  EXPECT_EQ(Json::parse(Sinew("model describe fish.sinew").out)["skeleton"]["keypoints"][3]["name"], "fin");
  for (const char* compat : {"openpose", "tf-pose"}) {
    const Outcome other = Sinew(std::string("run pond.png --model fish.sinew --write-json other --compat ") + compat);
    ASSERT_EQ(other.code, 0) << other.err;
    EXPECT_EQ(Json::parse(Content("other/pond_keypoints.json"))["people"].size(), 2u) << compat;
  }
}

TEST_F(SkeletonCliTest, ADescriptionThatDoesNotFitIsRefused) {
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string text = kFish;
    text.replace(text.find(from), from.size(), to);
    EXPECT_TRUE(WriteFile(folder_ / "bad.json", text).ok());
    const Outcome outcome = Sinew("compile fish.pb --skeleton bad.json --net-resolution 256x192 -o bad.sinew");
    EXPECT_NE(outcome.code, 0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "bad.sinew"));
    return outcome.err;
  };
  EXPECT_THAT(error("\"to\": \"fin\"", "\"to\": \"flipper\""),
              HasSubstr("bad.json: skeleton.limbs[2].to: no keypoint is called \"flipper\""));
  EXPECT_THAT(error("\"stride\": 4", "\"stride\": 8"), HasSubstr("at a stride of 8 it would be 32x24"));
  EXPECT_THAT(error("{\"name\": \"fin\"}", "{\"name\": \"fin\"}, {\"name\": \"eye\"}"), HasSubstr("is in no limb"));
  EXPECT_THAT(error("{", ""), HasSubstr("not valid JSON"));
  EXPECT_THAT(Sinew("run pond.png --model fish.pb --skeleton none.json").err, HasSubstr("none.json"));
  Compile();
  EXPECT_THAT(Sinew("run pond.png --model m.sinew --skeleton fish.json").err, HasSubstr("is compiled already"));
}

// The description of a known network is where one's own begins.
TEST_F(SkeletonCliTest, KnownNetworksAreDescribed) {
  const Outcome outcome = Sinew("model describe graph.pb");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("{\n  \"sinew_description\": 1,"));
  EXPECT_EQ(Json::parse(outcome.out)["skeleton"]["name"], "coco18");
}

}  // namespace
}  // namespace sinew
