// The polyphase Gaussian against its definition in double, and the kernel against saved ones.
#include "pose/smoothing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/npy.h"
#include "pose/smoothed_heat_test_util.h"

namespace sinew::pose {
namespace {

// The map upsampled, surrounded by zeros and convolved with the square kernel: the definition, in double.
std::vector<double> SmoothPlainly(const std::vector<float>& map, const AreaAxis& x_axis, const AreaAxis& y_axis,
                                  int taps) {
  const int width = x_axis.target(), height = y_axis.target();
  std::vector<double> up(static_cast<size_t>(width) * height), out(up.size());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (int i = 0; i < y_axis.count(y); ++i) {
        for (int j = 0; j < x_axis.count(x); ++j) {
          sum += static_cast<double>(y_axis.weight(y, i)) * x_axis.weight(x, j) *
                 map[(y_axis.first(y) + i) * x_axis.source() + x_axis.first(x) + j];
        }
      }
      up[y * width + x] = sum;
    }
  }
  const std::vector<double> g = GaussianTaps(taps);
  const int half = static_cast<int>(g.size()) / 2;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (int i = -half; i <= half; ++i) {
        for (int j = -half; j <= half; ++j) {
          if (y + i < 0 || y + i >= height || x + j < 0 || x + j >= width) continue;
          sum += g[i + half] * g[j + half] * up[(y + i) * width + x + j];
        }
      }
      out[y * width + x] = sum;
    }
  }
  return out;
}

struct Size {
  int cells_x, cells_y, width, height;  // cells, upsampled pixels
};

TEST(Smoothing, EqualsTheDefinitionForEveryKindOfRatio) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> values(-1, 1);
  const Size sizes[] = {
      {9, 7, 36, 28},   {17, 5, 17, 5}, {5, 6, 10, 12}, {3, 2, 24, 16},
      {1, 1, 4, 4},     {1, 3, 16, 48}, {33, 3, 99, 9}, {28, 29, 108, 116},  // whole only along y
      {10, 11, 37, 41}, {28, 9, 27, 9},                                      // fewer pixels than cells
      {2, 40, 5, 43},
  };
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    for (const Size& size : sizes) {
      for (int taps : {0, 1, 5, 25, 101}) {
        AreaAxis x, y;
        x.Configure(size.cells_x, size.width), y.Configure(size.cells_y, size.height);
        Smoother smoother(target);
        smoother.Configure(x, y, taps);
        std::vector<float> map(size.cells_x * size.cells_y);
        for (float& value : map) value = values(random);
        const size_t columns = PaddedColumns(size.cells_x);
        std::vector<float> plane(columns * size.cells_y);
        for (int i = 0; i < size.cells_y; ++i) {
          std::copy_n(map.begin() + i * size.cells_x, size.cells_x, plane.begin() + i * columns);
        }
        const std::vector<double> expected = SmoothPlainly(map, x, y, taps);
        // One spare float after the row shows whether it is left alone.
        std::vector<float> row(smoother.row_size() + 1, 77.0f);
        for (int v = 0; v < size.height; ++v) {
          smoother.Row(plane.data(), v, kNoFloor, row.data());
          for (int u = 0; u < size.width; ++u) {
            const float actual = row[u % smoother.phases() * smoother.phase_stride() + u / smoother.phases()];
            // Weights of sum 1 at most, values up to 1, fewer than 128 roundings of 2^-24 along each axis.
            ASSERT_NEAR(actual, expected[v * size.width + u], 2e-6)
                << size.cells_x << "x" << size.cells_y << " to " << size.width << "x" << size.height << ", " << taps
                << " taps, x " << u << ", y " << v;
          }
          ASSERT_EQ(row.back(), 77.0f);
        }
      }
    }
  }
}

TEST(Smoothing, KeepsAConstantAwayFromTheBorder) {
  AreaAxis x, y;
  x.Configure(20, 80), y.Configure(20, 80);
  Smoother smoother;
  smoother.Configure(x, y, 25);
  std::vector<float> plane(PaddedColumns(20) * 20);
  for (int i = 0; i < 20; ++i) std::fill_n(plane.begin() + i * PaddedColumns(20), 20, 0.5f);
  std::vector<float> row(smoother.row_size());
  const auto at = [&](int u) { return row[u % 4 * smoother.phase_stride() + u / 4]; };
  smoother.Row(plane.data(), 40, kNoFloor, row.data());
  EXPECT_NEAR(at(40), 0.5, 1e-6);
  EXPECT_NEAR(at(0), 0.25 + 0.25 * GaussianTaps(25)[12], 1e-6);  // half the kernel and half its middle tap
  smoother.Row(plane.data(), 79, kNoFloor, row.data());
  EXPECT_NEAR(at(40), 0.25 + 0.25 * GaussianTaps(25)[12], 1e-6);
}

class Reference : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder_)) GTEST_SKIP() << "no reference data in " << folder_;
  }
  NpyArray Read(const std::string& name) {
    auto array = ReadNpy(folder_ / name);
    EXPECT_TRUE(array.ok()) << array.status().message();
    return array.ok() ? *array : NpyArray();
  }
  const std::filesystem::path folder_ = std::filesystem::path(SINEW_SHARED_DIR) / "reference" / "tensors";
};

TEST_F(Reference, KernelEqualsTheSavedOnes) {
  for (int taps : {5, 25}) {
    const NpyArray saved = Read("gauss" + std::to_string(taps) + ".npy");
    const std::vector<double> g = GaussianTaps(taps);
    ASSERT_EQ(saved.values.size(), static_cast<size_t>(taps) * taps);
    for (int i = 0; i < taps * taps; ++i) ASSERT_NEAR(saved.values[i], g[i / taps] * g[i % taps], 1e-8) << taps;
  }
}

TEST_F(Reference, SmoothedMapsEqualTheSavedOnes) {
  for (const std::string model : {"mobilenet_thin", "mobilenet_v2_small"}) {
    const NpyArray maps = Read("tfpose_p1." + model + ".432x368.output.npy");
    const NpyArray smoothed = Read("tfpose_p1." + model + ".432x368.4.25.smoothed.npy");
    ASSERT_EQ(maps.shape, (std::vector<int64_t>{57, 46, 54}));
    ASSERT_EQ(smoothed.shape, (std::vector<int64_t>{184, 216, 19}));
    std::vector<float> nhwc(maps.values.size());
    for (int c = 0; c < 57; ++c) {
      for (int i = 0; i < 46 * 54; ++i) nhwc[i * 57 + c] = maps.values[c * 46 * 54 + i];
    }
    AreaAxis x, y;
    x.Configure(54, 216), y.Configure(46, 184);
    double largest = 0;
    for (int k = 0; k < 18; ++k) {
      const Plane plane = SmoothedHeat({nhwc.data(), 46, 54, 18, 57}, x, y, 25, k);
      ASSERT_EQ(plane.values.size(), 184u * 216u);
      for (int i = 0; i < 184 * 216; ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(plane.values[i]) - smoothed.values[i * 19 + k]));
      }
    }
    // Two single-precision sums of values up to 1.
    EXPECT_LT(largest, 1e-6) << model;
    RecordProperty(model, fmt::format("{:.2g}", largest));
  }
}

}  // namespace
}  // namespace sinew::pose
