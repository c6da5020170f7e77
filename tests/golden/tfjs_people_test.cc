// PoseNet's and MoveNet's people against what TensorFlow.js makes of the same made-up outputs (tfjs_expected.js).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "pose/people_decoder.h"

namespace sinew::pose {
namespace {

using Json = nlohmann::json;

// tfjs_expected.js has the same.
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  float operator()(double low, double high) {
    state_ = state_ * 1664525 + 1013904223;
    return static_cast<float>(low + (high - low) * ((state_ >> 8) / 16777216.0));
  }

 private:
  uint32_t state_;
};

struct Map {
  Map(Random& random, int height, int width, int channels, double low, double high)
      : values(static_cast<size_t>(height * width * channels)),
        view{values.data(), height, width, channels, static_cast<size_t>(channels)} {
    for (float& value : values) value = random(low, high);
  }
  std::vector<float> values;
  ConstView view;
};

Json Expected(const char* network) {
  std::ifstream file(std::string(SINEW_SOURCE_DIR) + "/tests/golden/tfjs_people.json");
  return Json::parse(file)[network];
}

// All that there is, however unlikely.
DecodeOptions Everything() {
  DecodeOptions options;
  options.peak_threshold = 0;
  options.min_parts = 1;
  options.min_score = 0;
  return options;
}

// A picture of the network's size, whose pixels' centres are at whole numbers: `shift` is where TensorFlow.js has them.
void ExpectPeople(std::span<const Person> people, const Json& expected, int width, int height, double shift) {
  size_t next = 0;
  for (const Json& wanted : expected) {
    if (std::ranges::all_of(wanted["keypoints"], [](const Json& each) { return each[2] == 0.0; })) continue;
    ASSERT_LT(next, people.size());
    const Person& person = people[next++];
    EXPECT_NEAR(person.score, wanted["score"].get<double>(), 2e-6);
    for (size_t k = 0; k < 17; ++k) {
      const Json& keypoint = wanted["keypoints"][k];
      EXPECT_NEAR(person.keypoints[k].score, keypoint[2].get<double>(), 2e-6) << k;
      if (keypoint[2] == 0.0) continue;
      EXPECT_NEAR(person.keypoints[k].x, std::clamp(keypoint[0].get<double>() - shift, 0.0, width - 1.0), 1e-3) << k;
      EXPECT_NEAR(person.keypoints[k].y, std::clamp(keypoint[1].get<double>() - shift, 0.0, height - 1.0), 1e-3) << k;
    }
  }
}

TEST(TfjsPeopleTest, PoseNet) {
  constexpr int kCells = 9, kSide = 129;
  Random random(1);
  const Map heat(random, kCells, kCells, 17, -8, 0.5), offsets(random, kCells, kCells, 34, -8, 8),
      forward(random, kCells, kCells, 32, -48, 48), backward(random, kCells, kCells, 32, -48, 48);
  const Json expected = Expected("posenet");
  const auto people = MakePeopleDecoder(PoseNetDescription())
                          ->Decode(std::vector{heat.view, offsets.view, forward.view, backward.view},
                                   {kSide, kSide, kSide, kSide}, Everything());
  ASSERT_TRUE(people.ok()) << people.status().message();
  EXPECT_GT(expected.size(), 20u);
  EXPECT_EQ(people->size(), expected.size());
  ExpectPeople(*people, expected, kSide, kSide, 0);
}

TEST(TfjsPeopleTest, MoveNet) {
  constexpr int kRows = 24, kColumns = 32;
  Random random(2);
  const Map heat(random, kRows, kColumns, 17, 0, 1), centers(random, kRows, kColumns, 1, 0, 1),
      regression(random, kRows, kColumns, 34, -6, 6), offsets(random, kRows, kColumns, 34, 0, 1),
      box_sizes(random, kRows, kColumns, 2, -1, 16), box_offsets(random, kRows, kColumns, 2, -1, 1);
  const Json expected = Expected("movenet");
  const std::vector outputs = {heat.view,    centers.view,   regression.view,
                               offsets.view, box_sizes.view, box_offsets.view};
  const MapGeometry geometry = {4 * kColumns, 4 * kRows, 4 * kColumns, 4 * kRows};
  const auto decoder = MakePeopleDecoder(MoveNetMultiPoseDescription());
  const auto people = decoder->Decode(outputs, geometry, Everything());
  ASSERT_TRUE(people.ok()) << people.status().message();
  EXPECT_GT(people->size(), 6u) << "the original stops at six";
  EXPECT_EQ(expected.size(), 6u);
  ExpectPeople(*people, expected, 4 * kColumns, 4 * kRows, 0.5);
}

}  // namespace
}  // namespace sinew::pose
