// Comparison of people with those that a golden file holds.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sinew/people.h"

namespace sinew {

// `expected` has image_size, net_input and resize_out_ratio, and humans: parts by keypoint, each [x, y, score] in 0..1
// of the picture. Every keypoint must lie within one pixel of the upsampled map, and nobody may be missing or invented.
inline void ExpectSamePeople(const std::vector<Person>& people, const nlohmann::json& expected) {
  const nlohmann::json& humans = expected["humans"];
  ASSERT_EQ(people.size(), humans.size());
  const double ratio = expected["resize_out_ratio"];
  const double width = expected["image_size"][0], height = expected["image_size"][1];
  const double map_width = std::floor(expected["net_input"][0].get<double>() / 8 * ratio),
               map_height = std::floor(expected["net_input"][1].get<double>() / 8 * ratio);
  for (size_t i = 0; i < people.size(); ++i) {
    const nlohmann::json& parts = humans[i]["parts"];
    size_t found = 0;
    for (size_t k = 0; k < people[i].keypoints.size(); ++k) {
      const Keypoint& keypoint = people[i].keypoints[k];
      const auto part = parts.find(std::to_string(k));
      ASSERT_EQ(keypoint.score != 0, part != parts.end()) << "person " << i << " keypoint " << k;
      if (part == parts.end()) continue;
      ++found;
      EXPECT_LE(std::fabs(static_cast<double>(keypoint.x) / width - (*part)[0].get<double>()) * map_width, 1.001)
          << "person " << i << " keypoint " << k;
      EXPECT_LE(std::fabs(static_cast<double>(keypoint.y) / height - (*part)[1].get<double>()) * map_height, 1.001)
          << "person " << i << " keypoint " << k;
    }
    EXPECT_EQ(found, parts.size());
  }
}

}  // namespace sinew
