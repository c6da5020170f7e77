// PoseEstimator's ways to look at a picture, against others that must come to the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <tuple>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "media/images/image.h"
#include "sinew/compiler.h"
#include "sinew/pose.h"

namespace sinew {
namespace {

class EstimatorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::path(::testing::TempDir()) / "sinew estimator";
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    ASSERT_TRUE(Compile(folder_ / "graph.pb", folder_ / "m.sinew", {.resolutions = {{64, 48}, {32, 32}}}).ok());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static PoseEstimator Make(PoseOptions options) {
    options.session.resolution = {64, 48};
    options.session.threads = 1;
    // So that everything that looks like a part of somebody counts.
    options.decode.min_parts = 1;
    options.decode.min_score = 0;
    return PoseEstimator::Create(Model::Load(folder_ / "m.sinew").value(), options).value();
  }
  // Noise, in which the miniature network sees people.
  static media::Image Noise(int width, int height) {
    media::Image image = media::Image::OfSize(width, height);
    unsigned state = 7;
    for (uint8_t& value : image.pixels) {
      state = state * 1664525u + 1013904223u;
      value = static_cast<uint8_t>(state >> 24);
    }
    return image;
  }

  static std::filesystem::path folder_;
};
std::filesystem::path EstimatorTest::folder_;

TEST_F(EstimatorTest, PaddingIsAPictureWithBlackBelow) {
  // 128x48 becomes 64x24 of the network's 64x48; so does the upper half of 128x96.
  media::Image wide = Noise(128, 48);
  // Resizing looks a few rows ahead.
  std::fill(wide.pixels.end() - 3 * 128 * 6, wide.pixels.end(), uint8_t{0});
  media::Image padded = media::Image::OfSize(128, 96);
  std::copy(wide.pixels.begin(), wide.pixels.end(), padded.pixels.begin());
  PoseEstimator pad = Make({.fit = Fit::kPad}), stretch = Make({});
  const std::vector<Person> expected = stretch.Estimate(padded.view()).value();
  ASSERT_FALSE(expected.empty());
  std::vector<Person> people = pad.Estimate(wide.view()).value();
  EXPECT_EQ(pad.content(), (Resolution{64, 24}));
  EXPECT_EQ(stretch.content(), (Resolution{64, 48}));
  ASSERT_EQ(people.size(), expected.size());
  for (size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ(people[i].score, expected[i].score);
    for (size_t k = 0; k < people[i].keypoints.size(); ++k) {
      EXPECT_EQ(people[i].keypoints[k].x, expected[i].keypoints[k].x);
      // What lies in the black is moved to the picture's edge.
      EXPECT_EQ(people[i].keypoints[k].y, std::min(expected[i].keypoints[k].y, 47.0f));
    }
  }
}

TEST_F(EstimatorTest, APictureOfTheNetworksShapeNeedsNoPadding) {
  const media::Image image = Noise(128, 96);
  EXPECT_EQ(Make({.fit = Fit::kPad}).Estimate(image.view()).value(), Make({}).Estimate(image.view()).value());
}

TEST_F(EstimatorTest, PaddingGoesByTheShapeThatIsSeen) {
  // Pixels half as wide as high: 128x48 of them are seen as 64x48, the network's shape.
  media::Image image = Noise(128, 48);
  image.pixel_aspect = 0.5;
  PoseEstimator pad = Make({.fit = Fit::kPad});
  const std::vector<Person> people = pad.Estimate(image.view()).value();
  EXPECT_EQ(pad.content(), (Resolution{64, 48}));
  EXPECT_EQ(people, Make({}).Estimate(image.view()).value()) << "keypoints are pixels as they are stored";
  image.pixel_aspect = 2;
  ASSERT_TRUE(pad.Estimate(image.view()).ok());
  EXPECT_EQ(pad.content(), (Resolution{64, 12}));
  for (const double nonsense : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    image.pixel_aspect = nonsense;
    EXPECT_EQ(pad.Estimate(image.view()).status().code(), StatusCode::kInvalidArgument);
  }
}

TEST_F(EstimatorTest, TheSameScaleTwiceChangesNothing) {
  const media::Image image = Noise(100, 90);
  for (const Fit fit : {Fit::kStretch, Fit::kPad}) {
    const std::vector<Person> once = Make({.fit = fit}).Estimate(image.view()).value();
    ASSERT_FALSE(once.empty());
    const std::vector<Person> twice = Make({.fit = fit, .more_scales = {{64, 48}}}).Estimate(image.view()).value();
    ASSERT_EQ(twice.size(), once.size());
    for (size_t i = 0; i < once.size(); ++i) {
      for (size_t k = 0; k < once[i].keypoints.size(); ++k)
        EXPECT_NEAR(twice[i].keypoints[k].x, once[i].keypoints[k].x, 1e-3);
    }
  }
}

TEST_F(EstimatorTest, AnotherScaleCounts) {
  const media::Image image = Noise(100, 90);
  PoseEstimator one = Make({}), two = Make({.more_scales = {{32, 32}}});
  ASSERT_TRUE(one.Estimate(image.view()).ok());
  ASSERT_TRUE(two.Estimate(image.view()).ok());
  const TensorView a = one.maps(), b = two.maps();
  ASSERT_EQ(a.height * a.width * a.channels, b.height * b.width * b.channels);
  EXPECT_NE(a.data[0], b.data[0]);
  EXPECT_GT(two.times().network, 0);
}

// The miniature network's maps with another meaning: four keypoints and three limbs among its 57 channels.
ModelDescription Fish() {
  ModelDescription fish;
  fish.skeleton.name = "fish";
  fish.skeleton.keypoints = {{.name = "nose"}, {.name = "back"}, {.name = "tail"}, {.name = "fin"}};
  fish.skeleton.limbs = {{0, 1, 4, 5}, {1, 2, 0, 1}, {1, 3, 2, 3}};
  fish.heads.heat_maps = {.output = 0, .first = 40, .count = 4};
  fish.heads.fields = {.output = 0, .first = 20, .count = 6};
  fish.heads.stride = 8;
  return fish;
}

// A mirrored picture has mirrored maps: left and right change places, and what points to the right points to the left.
TEST_F(EstimatorTest, FlipAverageKnowsNoSides) {
  for (const auto& [width, height, fit] : {std::tuple(64, 48, Fit::kStretch), {100, 40, Fit::kPad}}) {
    media::Image picture = Noise(width, height), mirrored = media::Image::OfSize(width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const size_t row = static_cast<size_t>(y * width), from = 3 * (row + static_cast<size_t>(x)),
                     to = 3 * (row + static_cast<size_t>(width - 1 - x));
        std::copy_n(&picture.pixels[from], 3, &mirrored.pixels[to]);
      }
    }
    PoseOptions options{.fit = fit, .flip_average = true};
    PoseEstimator estimator = Make(options), other = Make(options), plain = Make({.fit = fit});
    ASSERT_TRUE(estimator.Estimate(picture.view()).ok() && other.Estimate(mirrored.view()).ok() &&
                plain.Estimate(picture.view()).ok());
    const TensorView a = estimator.maps(), b = other.maps(), c = plain.maps();
    const Skeleton& skeleton = estimator.description().skeleton;
    const auto at = [](const TensorView& maps, int y, int x, int channel) {
      return maps.data[(static_cast<size_t>(y * maps.width) + static_cast<size_t>(x)) * maps.pixel_stride +
                       static_cast<size_t>(channel)];
    };
    double sides = 0;
    for (int y = 0; y < a.height; ++y) {
      for (int x = 0; x < a.width; ++x) {
        for (int k = 0; k < skeleton.keypoint_count(); ++k) {
          const int mirror = skeleton.keypoints[static_cast<size_t>(k)].mirror;
          EXPECT_NEAR(at(a, y, x, k), at(b, y, a.width - 1 - x, mirror == -1 ? k : mirror), 1e-4);
          sides += std::abs(at(a, y, x, k) - at(c, y, x, k));
        }
        // Nose to right eye, and nose to left eye.
        const Limb &right = skeleton.limbs[13], &left = skeleton.limbs[15];
        ASSERT_EQ(left.to, skeleton.keypoints[static_cast<size_t>(right.to)].mirror);
        const int first = estimator.description().first_field();
        EXPECT_NEAR(at(a, y, x, first + right.field_x), -at(b, y, a.width - 1 - x, first + left.field_x), 1e-4);
        EXPECT_NEAR(at(a, y, x, first + right.field_y), at(b, y, a.width - 1 - x, first + left.field_y), 1e-4);
      }
    }
    EXPECT_GT(sides, 0.01) << "the other side counts";
  }
}

TEST_F(EstimatorTest, CandidatesAreAllPeaks) {
  PoseEstimator estimator = Make({});
  const std::vector<Person> people = estimator.Estimate(Noise(90, 70).view()).value();
  const auto candidates = estimator.candidates();
  ASSERT_EQ(candidates.size(), estimator.description().skeleton.keypoints.size());
  size_t used = 0, all = 0;
  for (size_t k = 0; k < candidates.size(); ++k) {
    all += candidates[k].size();
    for (const Person& person : people) {
      if (person.keypoints[k].score <= 0) continue;
      ++used;
      EXPECT_EQ(std::count(candidates[k].begin(), candidates[k].end(), person.keypoints[k]), 1);
    }
  }
  EXPECT_GT(used, 0u);
  EXPECT_GT(all, used);
}

TEST_F(EstimatorTest, FollowsTheModelsDescription) {
  ASSERT_TRUE(Compile(folder_ / "graph.pb", folder_ / "fish.sinew",
                      {.resolutions = {{64, 48}, {32, 32}}, .description = Fish()})
                  .ok());
  const Model model = Model::Load(folder_ / "fish.sinew").value();
  const media::Image image = Noise(100, 90);
  PoseEstimator plain = Make({});
  ASSERT_TRUE(plain.Estimate(image.view()).ok());
  const TensorView all = plain.maps();
  for (const std::vector<Resolution>& more : {std::vector<Resolution>{}, {{32, 32}}}) {
    PoseOptions options{.session = {{64, 48}, 1}, .more_scales = more};
    options.decode.peak_threshold = 0;
    options.decode.min_paf_samples = 1;
    options.decode.min_parts = 1;
    options.decode.min_score = 0;
    PoseEstimator estimator = PoseEstimator::Create(model, options).value();
    EXPECT_EQ(estimator.description(), Fish());
    const std::vector<Person> people = estimator.Estimate(image.view()).value();
    EXPECT_FALSE(people.empty());
    for (const Person& person : people) EXPECT_EQ(person.keypoints.size(), 4u);
    const TensorView maps = estimator.maps();
    ASSERT_EQ(maps.channels, 10);
    ASSERT_EQ(maps.width, all.width);
    if (!more.empty()) continue;  // of one scale: the network's own channels, heat maps first
    for (size_t cell = 0; cell < static_cast<size_t>(maps.width * maps.height); ++cell) {
      const float *from = all.data + cell * all.pixel_stride, *to = maps.data + cell * maps.pixel_stride;
      for (int c = 0; c < 10; ++c) ASSERT_EQ(to[c], from[c < 4 ? 40 + c : 20 + c - 4]);
    }
  }
  PoseOptions five{.session = {{64, 48}, 1}};
  five.decode.min_parts = 5;
  EXPECT_THAT(PoseEstimator::Create(model, five).status().message(), ::testing::HasSubstr("must be 1 to 4"));
}

// What the network sees of a picture is what it would see, described plainly, of that picture changed accordingly.
TEST_F(EstimatorTest, FollowsTheConventionOfTheInput) {
  ModelDescription description = TfPoseDescription();
  description.input.channel_order = ChannelOrder::kRgb;
  description.input.mean = {10, 20, 30};
  description.input.scale = {2, 1, 0.5f};
  description.input.padding = {60, 70, 80};
  ASSERT_TRUE(
      Compile(folder_ / "graph.pb", folder_ / "rgb.sinew", {.resolutions = {{64, 48}}, .description = description})
          .ok());
  // Of the network's size, so that nothing is resized, and half of that, so that half of the input is padding.
  for (const int height : {48, 24}) {
    media::Image picture = Noise(64, height), seen = media::Image::OfSize(64, 48);
    for (size_t i = 0; i < seen.pixels.size(); i += 3) {
      const int paddings[] = {60, 70, 80};
      for (size_t c = 0; c < 3; ++c) {
        // R, G, B of the picture, in ranges that stay bytes.
        const size_t at = i + 2 - c;
        int value = paddings[c];
        if (at < picture.pixels.size())
          value = picture.pixels[at] = static_cast<uint8_t>(32 + 2 * (picture.pixels[at] % 40));
        seen.pixels[i + c] = static_cast<uint8_t>(
            std::lround((static_cast<float>(value) - description.input.mean[c]) * description.input.scale[c]));
      }
    }
    const PoseOptions options{.session = {{64, 48}, 1}, .fit = Fit::kPad};
    PoseEstimator estimator = PoseEstimator::Create(Model::Load(folder_ / "rgb.sinew").value(), options).value();
    PoseEstimator plain = Make({});
    ASSERT_TRUE(estimator.Estimate(picture.view()).ok());
    ASSERT_TRUE(plain.Estimate(seen.view()).ok());
    const TensorView a = estimator.maps(), b = plain.maps();
    for (size_t i = 0; i < static_cast<size_t>(a.width * a.height); ++i) {
      for (int c = 0; c < 57; ++c) ASSERT_EQ(a.data[i * a.pixel_stride + c], b.data[i * b.pixel_stride + c]);
    }
  }
}

TEST_F(EstimatorTest, TellsWhereTheTimeGoes) {
  const media::Image image = Noise(100, 90);
  PoseEstimator estimator = Make({});
  size_t steps = 0;
  ASSERT_TRUE(estimator.Estimate(image.view(), {.after_step = [&](size_t) { ++steps; }}).ok());
  EXPECT_GT(steps, 3u);
  const DecodeTimes& parts = estimator.times().decode_parts;
  EXPECT_GT(parts.smoothing, 0);
  EXPECT_GE(parts.peaks, 0);
  EXPECT_LE(parts.smoothing + parts.peaks + parts.limbs + parts.assembly, estimator.times().decode);
}

}  // namespace
}  // namespace sinew
