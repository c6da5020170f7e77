// The whole decoder on maps of made-up people, its coordinates, its limits and its errors.
#include "pose/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "pose/synthetic_maps_test_util.h"

namespace sinew::pose {
namespace {

using Compat = DecodeOptions::Compat;
constexpr MapGeometry kSamePixels{.picture_width = 656, .picture_height = 368};  // the picture is the network's input

// The found person whose neck is nearest to that of `person`.
const Person* Nearest(const std::vector<Person>& found, const SyntheticPerson& person) {
  const Person* nearest = nullptr;
  float least = 1e9f;
  for (const Person& candidate : found) {
    const float distance =
        std::hypot(candidate.keypoints[1].x - person.joints[1].x, candidate.keypoints[1].y - person.joints[1].y);
    if (distance < least) least = distance, nearest = &candidate;
  }
  return nearest;
}

class Decode : public testing::TestWithParam<Compat> {};
INSTANTIATE_TEST_SUITE_P(Compat, Decode, testing::Values(Compat::kNone, Compat::kTfPose));

TEST_P(Decode, FindsEveryoneInACrowd) {
  const std::vector<SyntheticPerson> people = Crowd(10);
  const SyntheticMaps maps = DrawMaps(82, 46, people);
  for (double ratio : {2.0, 3.0, 3.7, 4.0, 8.0}) {
    for (int taps : {5, 25}) {
      if (ratio == 8 && taps == 5) continue;  // plateaus: one keypoint becomes many peaks
      Decoder decoder;
      const auto found = decoder.Decode(maps.view(), kSamePixels,
                                        {.resize_out_ratio = ratio, .smoothing_taps = taps, .compat = GetParam()});
      ASSERT_TRUE(found.ok()) << found.status().message();
      ASSERT_EQ(found->size(), people.size()) << ratio << " " << taps;
      for (const SyntheticPerson& person : people) {
        const Person* nearest = Nearest(*found, person);
        EXPECT_GT(nearest->score, 0.5f);
        for (int k = 0; k < kKeypointCount; ++k) {
          // Half a cell, since that is all that the maps tell, and an upsampled pixel for tf-pose-estimation's bias.
          const double tolerance = 4.5 + 8 / ratio;
          EXPECT_NEAR(nearest->keypoints[k].x, person.joints[k].x, tolerance) << ratio << " " << taps << " " << k;
          EXPECT_NEAR(nearest->keypoints[k].y, person.joints[k].y, tolerance) << ratio << " " << taps << " " << k;
          EXPECT_GT(nearest->keypoints[k].score, 0.5f);
        }
      }
    }
  }
}

TEST_P(Decode, MissingKeypointsAreZeros) {
  SyntheticPerson person = StandingPerson(300, 100, 80);
  for (int k : {0, 4, 14, 15, 16, 17}) person.joints[k].visible = false;
  const SyntheticMaps maps = DrawMaps(82, 46, {person});
  Decoder decoder;
  const auto found = decoder.Decode(maps.view(), kSamePixels, {.compat = GetParam()});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1u);
  const std::vector<Keypoint>& keypoints = (*found)[0].keypoints;
  ASSERT_EQ(keypoints.size(), 18u);
  for (int k = 0; k < kKeypointCount; ++k) {
    EXPECT_EQ(keypoints[k] == Keypoint(), !person.joints[k].visible) << k;
  }
}

TEST_P(Decode, NobodyOnEmptyMaps) {
  const SyntheticMaps maps = DrawMaps(82, 46, {});
  Decoder decoder;
  const auto found = decoder.Decode(maps.view(), kSamePixels, {.compat = GetParam()});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->empty());
}

TEST_P(Decode, DependsOnNothingButItsArguments) {
  const SyntheticMaps crowd = DrawMaps(82, 46, Crowd(10)), few = DrawMaps(54, 46, Crowd(3));
  const DecodeOptions options{.compat = GetParam()};
  Decoder fresh, used;
  const auto expected = fresh.Decode(few.view(), kSamePixels, options);
  ASSERT_TRUE(used.Decode(crowd.view(), kSamePixels, {.resize_out_ratio = 8, .compat = GetParam()}).ok());
  ASSERT_FALSE(used.Decode(crowd.view(), {}, options).ok());
  const auto again = used.Decode(few.view(), kSamePixels, options);
  ASSERT_TRUE(expected.ok() && again.ok());
  EXPECT_EQ(*expected, *again);
}

TEST_P(Decode, ReadsOnlyItsChannels) {
  const SyntheticMaps maps = DrawMaps(82, 46, Crowd(10));
  std::vector<float> wide(static_cast<size_t>(82) * 46 * 64, std::numeric_limits<float>::quiet_NaN());
  for (int i = 0; i < 82 * 46; ++i) std::copy_n(maps.values.begin() + i * 57, 57, wide.begin() + i * 64 + 7);
  Decoder decoder;
  const DecodeOptions options{.compat = GetParam()};
  const auto expected = decoder.Decode(maps.view(), kSamePixels, options);
  const auto actual = decoder.Decode({wide.data() + 7, 46, 82, 57, 64}, kSamePixels, options);
  ASSERT_TRUE(expected.ok() && actual.ok()) << actual.status().message();
  EXPECT_EQ(*expected, *actual);
}

// Noise: any result will do, but it must be one, soon, and inside the picture.
TEST_P(Decode, SurvivesNoise) {
  std::mt19937 random(1);
  SyntheticMaps maps = DrawMaps(20, 16, {});
  Decoder decoder;
  for (int i = 0; i < 40; ++i) {
    const float scale = i % 4 == 0 ? 3e38f : 1.0f;
    for (float& value : maps.values) value = (static_cast<float>(random() % 2001) / 1000 - 1) * scale;
    const auto found = decoder.Decode(maps.view(), {.picture_width = 77, .picture_height = 55},
                                      {.resize_out_ratio = 1 + (i % 9) * 0.5,
                                       .smoothing_taps = i % 7 * 2 + 1,
                                       .peak_threshold = 0,
                                       .paf_threshold = 0,
                                       .min_paf_samples = 1,
                                       .min_parts = 1,
                                       .min_score = 0,
                                       .max_peaks = 60,
                                       .compat = GetParam()});
    ASSERT_TRUE(found.ok()) << found.status().message();
    for (const Person& person : *found) {
      for (const Keypoint& keypoint : person.keypoints) {
        ASSERT_TRUE(keypoint.x >= 0 && keypoint.x <= 76.5f && keypoint.y >= 0 && keypoint.y <= 54.5f);
      }
    }
  }
}

TEST(DecodeDefault, NoPeakIsInTwoPeople) {
  std::mt19937 random(2);
  SyntheticMaps maps = DrawMaps(30, 30, {});
  for (float& value : maps.values) value = static_cast<float>(random() % 1000) / 1000;
  Decoder decoder;
  ASSERT_TRUE(decoder.Decode(maps.view(), kSamePixels, {.smoothing_taps = 5, .min_parts = 1, .min_score = 0}).ok());
  ASSERT_FALSE(decoder.assemblies().empty());
  std::vector<int> seen(decoder.peaks().peaks.size());
  for (const Assembly& person : decoder.assemblies()) {
    int parts = 0;
    for (int peak : person.peaks) {
      if (peak == kMissing) continue;
      EXPECT_EQ(seen[peak]++, 0);
      ++parts;
    }
    EXPECT_EQ(parts, person.parts);
  }
}

// Over many positions the default's mean error vanishes; tf-pose-estimation's is 1/2 - 4/ratio.
TEST(DecodeDefault, HasNoBias) {
  for (double ratio : {2.0, 4.0, 8.0}) {
    double error[2] = {}, error_y[2] = {};
    int count = 0;
    for (int i = 0; i < 24; ++i) {
      // Multiples of the golden ratio spread evenly over cells and pixels.
      const auto spread = [](float at) { return 32 * (at * 0.618034f - std::floor(at * 0.618034f)); };
      const SyntheticPerson person = StandingPerson(120 + spread(i), 90 + spread(i + 0.37f), 90);
      const SyntheticMaps maps = DrawMaps(40, 48, {person});
      for (Compat compat : {Compat::kNone, Compat::kTfPose}) {
        Decoder decoder;
        const auto found = decoder.Decode(maps.view(), {.picture_width = 320, .picture_height = 384},
                                          {.resize_out_ratio = ratio, .compat = compat});
        ASSERT_TRUE(found.ok() && found->size() == 1);
        for (int k = 0; k < kKeypointCount; ++k) {
          error[compat == Compat::kTfPose] += (*found)[0].keypoints[k].x - person.joints[k].x;
          error_y[compat == Compat::kTfPose] += (*found)[0].keypoints[k].y - person.joints[k].y;
        }
        count += kKeypointCount;
      }
    }
    count /= 2;
    // Neighbouring blobs of other keypoints do not overlap, so only the rounding to pixels is left.
    EXPECT_NEAR(error[0] / count, 0, 0.25) << ratio;
    EXPECT_NEAR(error_y[0] / count, 0, 0.25) << ratio;
    EXPECT_NEAR(error[1] / count, 0.5 - 4 / ratio, 0.25) << ratio;
    EXPECT_NEAR(error_y[1] / count, 0.5 - 4 / ratio, 0.25) << ratio;
  }
}

// A pixel of the upsampled maps is 2 pixels of the network's input: rounding to it costs 0.82 on average along both
// axes. tf-pose-estimation's keypoints stay on the grid.
TEST(DecodeDefault, RefinesKeypointsBelowThePixelOfTheMaps) {
  double error[2] = {};
  int count = 0;
  for (int i = 0; i < 24; ++i) {
    const auto spread = [](float at) { return 32 * (at * 0.618034f - std::floor(at * 0.618034f)); };
    const SyntheticPerson person = StandingPerson(120 + spread(i), 90 + spread(i + 0.37f), 90);
    const SyntheticMaps maps = DrawMaps(40, 48, {person});
    const MapGeometry geometry{.picture_width = 320, .picture_height = 384};
    for (const bool refine : {false, true}) {
      Decoder decoder;
      const auto found = decoder.Decode(maps.view(), geometry, {.refine_peaks = refine});
      ASSERT_TRUE(found.ok() && found->size() == 1);
      for (int k = 0; k < kKeypointCount; ++k) {
        error[refine] += std::hypot((*found)[0].keypoints[k].x - person.joints[k].x,
                                    (*found)[0].keypoints[k].y - person.joints[k].y);
      }
    }
    count += kKeypointCount;
    Decoder decoder;
    const auto like_tf_pose = decoder.Decode(maps.view(), geometry, {.compat = Compat::kTfPose});
    const auto unrefined = decoder.Decode(maps.view(), geometry, {.compat = Compat::kTfPose, .refine_peaks = false});
    ASSERT_TRUE(like_tf_pose.ok() && unrefined.ok());
    EXPECT_EQ(*like_tf_pose, *unrefined);
  }
  EXPECT_NEAR(error[0] / count, 0.82, 0.2);
  EXPECT_LT(error[1] / count, 0.2);
  RecordProperty("error_on_the_grid", std::to_string(error[0] / count));
  RecordProperty("error_refined", std::to_string(error[1] / count));
}

TEST(DecodeDefault, GoesBackToThePicture) {
  // The neck exactly in the middle of cell (10, 5): network-input pixels 80..87 and 40..47.
  SyntheticMaps maps = DrawMaps(82, 46, {StandingPerson(83.5f, 43.5f, 77)});
  Decoder decoder;
  DecodeOptions options{.resize_out_ratio = 1, .smoothing_taps = 0};
  auto found = decoder.Decode(maps.view(), kSamePixels, options);
  ASSERT_TRUE(found.ok() && found->size() == 1);
  EXPECT_FLOAT_EQ((*found)[0].keypoints[1].x, 83.5f);
  EXPECT_FLOAT_EQ((*found)[0].keypoints[1].y, 43.5f);
  // The picture has twice the width and half the height.
  found = decoder.Decode(maps.view(), {.picture_width = 1312, .picture_height = 184}, options);
  ASSERT_TRUE(found.ok() && found->size() == 1);
  EXPECT_FLOAT_EQ((*found)[0].keypoints[1].x, 167.5f);
  EXPECT_FLOAT_EQ((*found)[0].keypoints[1].y, 21.5f);
  // A network input that is no multiple of 8: the cells still stand for 8 pixels each, from -7 on.
  found = decoder.Decode(
      maps.view(), {.picture_width = 649, .picture_height = 368, .network_width = 649, .network_height = 368}, options);
  ASSERT_TRUE(found.ok()) << found.status().message();
  ASSERT_EQ(found->size(), 1u);
  // 81 pixels of the upsampled maps for 82 cells.
  EXPECT_NEAR((*found)[0].keypoints[1].x, 83.5f - 7, 8.0);
  EXPECT_EQ(decoder.upsampled_width(), 81);
}

TEST(DecodeLimits, MaxPeopleKeepsTheBest) {
  const SyntheticMaps maps = DrawMaps(82, 46, Crowd(10));
  Decoder decoder;
  const auto all = decoder.Decode(maps.view(), kSamePixels);
  const auto some = decoder.Decode(maps.view(), kSamePixels, {.max_people = 4});
  ASSERT_TRUE(all.ok() && some.ok());
  ASSERT_EQ(some->size(), 4u);
  std::vector<float> scores;
  for (const Person& person : *all) scores.push_back(person.score);
  std::sort(scores.rbegin(), scores.rend());
  for (const Person& person : *some) EXPECT_GE(person.score, scores[3]);
}

TEST(DecodeErrors, OptionsAreNamed) {
  const auto message = [](DecodeOptions options) {
    const Status status = ValidateDecodeOptions(options);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    return status.message();
  };
  using testing::HasSubstr;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(ValidateDecodeOptions({}).ok());
  EXPECT_TRUE(ValidateDecodeOptions({.smoothing_taps = 0}).ok());
  EXPECT_THAT(message({.resize_out_ratio = 0.5}), HasSubstr("resize_out_ratio is 0.5, must be 1 to 16"));
  EXPECT_THAT(message({.resize_out_ratio = nan}), HasSubstr("resize_out_ratio is nan"));
  EXPECT_THAT(message({.smoothing_taps = 24}), HasSubstr("smoothing_taps is 24, must be odd"));
  EXPECT_THAT(message({.smoothing_taps = -1}), HasSubstr("smoothing_taps is -1"));
  EXPECT_THAT(message({.smoothing_taps = 103}), HasSubstr("smoothing_taps is 103, must be 0 to 101"));
  EXPECT_THAT(message({.peak_threshold = nan}), HasSubstr("peak_threshold is nan"));
  EXPECT_THAT(message({.paf_threshold = 2}), HasSubstr("paf_threshold is 2, must be 0 to 1"));
  EXPECT_THAT(message({.min_paf_samples = 0}), HasSubstr("min_paf_samples is 0"));
  EXPECT_THAT(message({.min_parts = 19}), HasSubstr("min_parts is 19"));
  EXPECT_THAT(message({.min_score = nan}), HasSubstr("min_score is nan"));
  EXPECT_THAT(message({.max_people = -1}), HasSubstr("max_people is -1"));
  EXPECT_THAT(message({.max_peaks = 0}), HasSubstr("max_peaks is 0"));
}

TEST(DecodeErrors, MapsAreNamed) {
  SyntheticMaps maps = DrawMaps(10, 8, {});
  Decoder decoder;
  const auto message = [&](ConstView view, MapGeometry geometry, DecodeOptions options = {}) {
    const auto result = decoder.Decode(view, geometry, options);
    EXPECT_FALSE(result.ok());
    return result.status().message();
  };
  using testing::HasSubstr;
  const MapGeometry picture{.picture_width = 80, .picture_height = 64};
  EXPECT_TRUE(decoder.Decode(maps.view(), picture).ok());
  ConstView view = maps.view();
  view.channels = 38;
  EXPECT_THAT(message(view, picture), HasSubstr("38 channels"));
  EXPECT_THAT(message({}, picture), HasSubstr("0 channels"));
  view = maps.view(), view.height = 1 << 30;
  EXPECT_THAT(message(view, picture), HasSubstr("must be 1 to 1048576 cells"));
  EXPECT_THAT(message(maps.view(), {}), HasSubstr("picture width is 0"));
  EXPECT_THAT(message(maps.view(), {.picture_width = 80, .picture_height = -1}), HasSubstr("picture height is -1"));
  EXPECT_THAT(message(maps.view(), {.picture_width = 80, .picture_height = 64, .network_width = 81}),
              HasSubstr("network input width 81 does not fit maps of width 10"));
  EXPECT_THAT(message(maps.view(), picture, {.smoothing_taps = 2}), HasSubstr("smoothing_taps"));
  maps.at(3, 7, 40) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message(maps.view(), picture), HasSubstr("channel 40 is not finite (inf) at row 3, column 7"));
}

}  // namespace
}  // namespace sinew::pose
