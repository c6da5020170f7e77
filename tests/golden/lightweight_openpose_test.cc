// lightweight OpenPose's people against what another program (lightweight_openpose_expected.py) makes of the same
// made-up maps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "pose/people_decoder.h"

namespace sinew::pose {
namespace {

using Json = nlohmann::json;

constexpr int kKeypoints = 18, kHeatChannels = 19, kFieldChannels = 38, kStride = 8;

// lightweight_openpose_expected.py has the same.
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  double operator()(double low, double high) {
    state_ = state_ * 1664525 + 1013904223;
    return static_cast<double>(static_cast<float>(low + (high - low) * ((state_ >> 8) / 16777216.0)));
  }

 private:
  uint32_t state_;
};

struct TestMaps {
  TestMaps(int row_count, int column_count)
      : rows(row_count),
        columns(column_count),
        heat(static_cast<size_t>(rows * columns * kKeypoints)),
        fields(static_cast<size_t>(rows * columns * kFieldChannels)) {}

  void AddNoise(Random& random, double heat_noise, double field_noise) {
    for (double& value : heat) value += random(-heat_noise, heat_noise);
    for (double& value : fields) value += random(-field_noise, field_noise);
  }

  int rows, columns;
  std::vector<double> heat, fields;  // NHWC
};

TestMaps DrawPeople(int rows, int columns, int count, uint32_t seed) {
  struct Joint {
    double x, y;
    bool is_visible;
  };
  Random random(seed);
  TestMaps maps(rows, columns);
  for (int person = 0; person < count; ++person) {
    std::vector<Joint> joints(kKeypoints);
    for (Joint& joint : joints) {
      joint.x = random(10, columns * kStride - 10);
      joint.y = random(10, rows * kStride - 10);
      joint.is_visible = random(0, 1) > 0.15;
    }
    for (int cell = 0; cell < rows * columns; ++cell) {
      const double px = kStride * (cell % columns) + 3.5, py = kStride * (cell / columns) + 3.5;
      for (int k = 0; k < kKeypoints; ++k) {
        const Joint& joint = joints[static_cast<size_t>(k)];
        if (!joint.is_visible) continue;
        double& heat = maps.heat[static_cast<size_t>(cell * kKeypoints + k)];
        heat =
            std::max(heat, 0.8 * std::exp(-((px - joint.x) * (px - joint.x) + (py - joint.y) * (py - joint.y)) / 162));
      }
      for (const Limb& limb : Coco18Skeleton().limbs) {
        const Joint &from = joints[static_cast<size_t>(limb.from)], &to = joints[static_cast<size_t>(limb.to)];
        const double dx = to.x - from.x, dy = to.y - from.y, length = std::sqrt(dx * dx + dy * dy);
        const double ux = dx / length, uy = dy / length, ox = px - from.x, oy = py - from.y;
        const double along = ox * ux + oy * uy, across = ox * uy - oy * ux;
        if (along < -12 || along > length + 12 || std::fabs(across) > 14) continue;
        maps.fields[static_cast<size_t>(cell * kFieldChannels + limb.field_x)] = 0.8 * ux;
        maps.fields[static_cast<size_t>(cell * kFieldChannels + limb.field_y)] = 0.8 * uy;
      }
    }
  }
  maps.AddNoise(random, 0.12, 0.1);
  return maps;
}

TestMaps DrawNoise(int rows, int columns, uint32_t seed) {
  Random random(seed);
  TestMaps maps(rows, columns);
  for (int channel = 0; channel < kFieldChannels; ++channel) {
    const double value = random(-0.6, 0.6);
    for (int cell = 0; cell < rows * columns; ++cell) {
      maps.fields[static_cast<size_t>(cell * kFieldChannels + channel)] = value;
    }
  }
  maps.AddNoise(random, 0.5, 0.25);
  return maps;
}

// As lightweight OpenPose keeps people. The picture is twice as large as the network's input.
void ExpectPeople(const TestMaps& maps, const char* name) {
  std::ifstream file(std::string(SINEW_SOURCE_DIR) + "/tests/golden/lightweight_openpose_people.json");
  const Json expected = Json::parse(file)[name];
  const size_t cells = static_cast<size_t>(maps.rows * maps.columns);
  // The background's channel, which nothing looks at, too.
  std::vector<float> heat(cells * kHeatChannels), fields(maps.fields.begin(), maps.fields.end());
  for (size_t cell = 0; cell < cells; ++cell) {
    for (size_t k = 0; k < kKeypoints; ++k)
      heat[cell * kHeatChannels + k] = static_cast<float>(maps.heat[cell * kKeypoints + k]);
  }
  // Fields come first here.
  const ConstView outputs[] = {{fields.data(), maps.rows, maps.columns, kFieldChannels, kFieldChannels},
                               {heat.data(), maps.rows, maps.columns, kHeatChannels, kHeatChannels}};
  DecodeOptions options;
  options.min_parts = 3;
  options.min_score = 0.2f;
  const auto people =
      MakePeopleDecoder(LightweightOpenPoseDescription(1, 0))
          ->Decode(outputs, {.picture_width = 2 * kStride * maps.columns, .picture_height = 2 * kStride * maps.rows},
                   options);
  ASSERT_TRUE(people.ok()) << people.status().message();
  ASSERT_EQ(people->size(), expected.size());
  for (size_t i = 0; i < people->size(); ++i) {
    SCOPED_TRACE(i);
    const Person& person = (*people)[i];
    EXPECT_NEAR(person.score, expected[i]["score"].get<double>(), 1e-5);
    for (size_t k = 0; k < kKeypoints; ++k) {
      const Json& wanted = expected[i]["keypoints"][k];
      ASSERT_EQ(person.keypoints[k].score > 0, !wanted.is_null()) << k;
      if (wanted.is_null()) continue;
      // An upsampled pixel is four of the picture.
      EXPECT_FLOAT_EQ(person.keypoints[k].x, 4 * wanted[0].get<float>() + 1.5f) << k;
      EXPECT_FLOAT_EQ(person.keypoints[k].y, 4 * wanted[1].get<float>() + 1.5f) << k;
      EXPECT_NEAR(person.keypoints[k].score, wanted[2].get<double>(), 1e-5) << k;
    }
  }
}

TEST(LightweightOpenPoseTest, People) { ExpectPeople(DrawPeople(24, 36, 3, 1), "people"); }

TEST(LightweightOpenPoseTest, Noise) { ExpectPeople(DrawNoise(10, 15, 2), "noise"); }

}  // namespace
}  // namespace sinew::pose
