// Peaks against a plain search over the smoothed map.
#include "pose/peaks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "pose/smoothed_heat_test_util.h"

namespace sinew::pose {
namespace {

constexpr int kKeypointCount = 18;

using Position = std::tuple<int, int>;

void ConfigureAxes(int width, int height, double ratio, AreaAxis* x, AreaAxis* y) {
  x->Configure(width, static_cast<int>(width * ratio));
  y->Configure(height, static_cast<int>(height * ratio));
}

std::vector<Position> FindPlainly(const Plane& plane, float threshold) {
  std::vector<Position> found;
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      const float value = plane.values[y * plane.width + x];
      bool peak = value > threshold;
      for (int v = std::max(y - 1, 0); v <= std::min(y + 1, plane.height - 1); ++v) {
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, plane.width - 1); ++u) {
          peak = peak && plane.values[v * plane.width + u] <= value;
        }
      }
      if (peak) found.emplace_back(x, y);
    }
  }
  return found;
}

std::vector<Position> Positions(std::span<const Peak> peaks) {
  std::vector<Position> positions;
  for (const Peak& peak : peaks) positions.emplace_back(peak.x, peak.y);
  return positions;
}

struct Maps {
  int height, width;
  size_t stride;
  std::vector<float> values;
  ConstView view() const { return {values.data(), height, width, kKeypointCount, stride}; }
};

Maps RandomMaps(int width, int height, size_t stride, int levels, std::mt19937& random) {
  Maps maps{height, width, stride, std::vector<float>(static_cast<size_t>(width) * height * stride)};
  // Few levels make plateaus and ties.
  for (float& value : maps.values) value = static_cast<float>(random() % levels) / levels;
  return maps;
}

// Spots on nothing, as heat maps are: most rows and blocks cannot have a peak. Some spots end about at the threshold.
Maps SparseMaps(int width, int height, float threshold, std::mt19937& random) {
  Maps maps{height, width, 57, std::vector<float>(static_cast<size_t>(width) * height * 57)};
  for (int k = 0; k < kKeypointCount; ++k) {
    for (int spot = 0; spot < 3; ++spot) {
      const size_t cell = random() % (static_cast<size_t>(width) * height);
      maps.values[cell * 57 + k] = spot == 0 ? 1.0f : threshold * (1 + static_cast<float>(random() % 5) * 1e-6f);
    }
  }
  return maps;
}

TEST(Peaks, EqualAPlainSearch) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(1);
    PeakFinder finder(target);
    PeakList list;
    for (const auto& [width, height] : {std::pair(13, 9), {1, 1}, {1, 7}, {30, 2}, {41, 17}}) {
      for (double ratio : {1.0, 2.0, 2.7, 4.0, 8.0}) {
        for (int taps : {0, 5, 25}) {
          const Maps maps = RandomMaps(width, height, 57 + random() % 9, taps == 0 ? 3 : 1000, random);
          AreaAxis x, y;
          ConfigureAxes(width, height, ratio, &x, &y);
          finder.Find(maps.view(), x, y, taps, 0.05f, 1 << 20, &list);
          for (int k = 0; k < kKeypointCount; ++k) {
            const Plane plane = SmoothedHeat(maps.view(), x, y, taps, k, target);
            EXPECT_EQ(Positions(list.of(k)), FindPlainly(plane, 0.05f))
                << width << "x" << height << " ratio " << ratio << " taps " << taps << " keypoint " << k;
            for (const Peak& peak : list.of(k)) {
              EXPECT_EQ(peak.smoothed, plane.values[peak.y * plane.width + peak.x]);
              EXPECT_EQ(peak.score, SampleArea(maps.values.data(), maps.stride, x, y, peak.x, peak.y, k));
            }
          }
        }
      }
    }
  }
}

TEST(Peaks, EqualAPlainSearchOfMapsThatAreMostlyZero) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(1);
    PeakFinder finder(target);
    PeakList list;
    size_t found = 0;
    for (double ratio : {1.0, 2.7, 4.0, 8.0}) {
      for (int taps : {0, 5, 25}) {
        const float threshold = taps == 0 ? 0.05f : 0.01f;
        const Maps maps = SparseMaps(150, 40, threshold, random);
        AreaAxis x, y;
        ConfigureAxes(150, 40, ratio, &x, &y);
        finder.Find(maps.view(), x, y, taps, threshold, 1 << 20, &list);
        for (int k = 0; k < kKeypointCount; ++k) {
          const Plane plane = SmoothedHeat(maps.view(), x, y, taps, k, target);
          EXPECT_EQ(Positions(list.of(k)), FindPlainly(plane, threshold))
              << "ratio " << ratio << " taps " << taps << " keypoint " << k;
          found += list.of(k).size();
        }
      }
    }
    EXPECT_GT(found, 12u * kKeypointCount);
  }
}

TEST(Peaks, AreRefinedByTheirNeighbours) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(3);
    PeakFinder finder(target);
    PeakList list;
    size_t refined = 0, left_alone = 0;
    for (const double ratio : {1.0, 2.7, 4.0}) {
      const float threshold = 0.55f;  // among the values, so that some neighbours are below
      const Maps maps = RandomMaps(31, 17, 57, 1000, random);
      AreaAxis x, y;
      ConfigureAxes(31, 17, ratio, &x, &y);
      finder.Find(maps.view(), x, y, 5, threshold, 1 << 20, &list);
      for (int k = 0; k < kKeypointCount; ++k) {
        const Plane plane = SmoothedHeat(maps.view(), x, y, 5, k, target);
        const auto at = [&](int u, int v) -> double {
          const bool is_inside = u >= 0 && u < plane.width && v >= 0 && v < plane.height;
          return is_inside ? plane.values[v * plane.width + u] : -1;
        };
        const auto top = [&](double before, double peak, double after) {
          if (before <= threshold || after <= threshold) return 0.0;
          const double curvature = 2 * peak - before - after;
          return curvature > 0 ? 0.5 * (after - before) / curvature : 0.0;
        };
        for (const Peak& peak : list.of(k)) {
          const double value = at(peak.x, peak.y);
          const double shift_x = top(at(peak.x - 1, peak.y), value, at(peak.x + 1, peak.y));
          const double shift_y = top(at(peak.x, peak.y - 1), value, at(peak.x, peak.y + 1));
          EXPECT_NEAR(peak.shift_x, shift_x, 1e-3);
          EXPECT_NEAR(peak.shift_y, shift_y, 1e-3);
          EXPECT_LE(std::max(std::abs(peak.shift_x), std::abs(peak.shift_y)), 0.5f);
          refined += shift_x != 0 && shift_y != 0;
          left_alone += shift_x == 0 || shift_y == 0;
        }
      }
    }
    EXPECT_GT(refined, 100u);
    EXPECT_GT(left_alone, 30u);
  }
}

TEST(Peaks, KeepTheHighestInOrder) {
  Maps maps{40, 40, 57, std::vector<float>(40 * 40 * 57)};
  const auto set = [&](int y, int x, float value) { maps.values[(y * 40 + x) * 57 + 3] = value; };
  set(5, 30, 0.4f), set(10, 10, 0.9f), set(20, 5, 0.4f), set(30, 30, 0.2f), set(35, 8, 0.8f);
  AreaAxis x, y;
  x.Configure(40, 40), y.Configure(40, 40);
  PeakFinder finder;
  PeakList list;
  finder.Find(maps.view(), x, y, 0, 0.05f, 3, &list);
  EXPECT_EQ(Positions(list.of(3)), (std::vector<Position>{{30, 5}, {10, 10}, {8, 35}}));
  EXPECT_TRUE(list.of(2).empty());
}

// Every pixel of a flat map is a peak. The list must stay short.
TEST(Peaks, AFlatMapIsBounded) {
  const Maps maps{200, 200, 57, std::vector<float>(200 * 200 * 57, 0.5f)};
  AreaAxis x, y;
  x.Configure(200, 1600), y.Configure(200, 1600);
  PeakFinder finder;
  PeakList list;
  finder.Find(maps.view(), x, y, 0, 0.05f, 100, &list);
  ASSERT_EQ(list.of(17).size(), 100u);
  EXPECT_EQ(Positions(list.of(17)).back(), Position(99, 0));  // the first ones: all are equal
}

}  // namespace
}  // namespace sinew::pose
