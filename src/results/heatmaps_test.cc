// Maps written and read back.
#include "results/heatmaps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <vector>

#include "base/npy.h"
#include "media/images/image.h"
#include "results/output_test_util.h"

namespace sinew::results {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Maps with gaps between the cells, as a session's are: value(y, x, c) in [-1, 1].
class Maps {
 public:
  static constexpr size_t kStride = 57 + 7;
  Maps(int height, int width)
      : values_(static_cast<size_t>(height * width) * kStride, 1e9f), height_(height), width_(width) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 57; ++c) At(y, x, c) = static_cast<float>((y * 31 + x * 7 + c) % 41) / 20 - 1;
      }
    }
  }
  float& At(int y, int x, int c) {
    return values_[static_cast<size_t>(y * width_ + x) * kStride + static_cast<size_t>(c)];
  }
  TensorView view(int channels = 57) const { return {values_.data(), height_, width_, channels, kStride}; }

 private:
  std::vector<float> values_;
  int height_, width_;
};

using HeatmapsTest = WriterTest;

TEST_F(HeatmapsTest, Npy) {
  Maps maps(3, 5);
  maps.At(2, 4, 56) = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(WriteHeatmaps(folder_, "ü 7", HeatmapFormat::kNpy, maps.view(), TfPoseDescription()).ok());
  const Result<NpyArray> array = ReadNpy(folder_ / "ü 7_pose_heatmaps.npy");
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_THAT(array->shape, ElementsAre(3, 5, 57));
  size_t i = 0;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 5; ++x) {
      for (int c = 0; c < 57; ++c) ASSERT_EQ(array->values[i++], maps.At(y, x, c)) << y << " " << x << " " << c;
    }
  }
}

TEST_F(HeatmapsTest, Png) {
  Maps maps(3, 5);
  for (const auto& [x, value] :
       {std::pair{0, 0.0f}, {1, 0.5f}, {2, 1.0f}, {3, 2.0f}, {4, std::numeric_limits<float>::quiet_NaN()}}) {
    maps.At(1, x, 0) = value;
    maps.At(1, x, 56) = 2 * value - 1;
  }
  ASSERT_TRUE(WriteHeatmaps(folder_, "a b", HeatmapFormat::kPng, maps.view(), TfPoseDescription()).ok());
  const Result<media::Image> image = media::ReadImage(folder_ / "a b_pose_heatmaps.png");
  ASSERT_TRUE(image.ok()) << image.status().message();
  ASSERT_EQ(image->width, 57 * 5);
  ASSERT_EQ(image->height, 3);
  const auto grey = [&](int c, int x) { return image->pixels[3 * static_cast<size_t>(1 * image->width + c * 5 + x)]; };
  for (const int c : {0, 56}) {
    EXPECT_THAT((std::vector<int>{grey(c, 0), grey(c, 1), grey(c, 2), grey(c, 3), grey(c, 4)}),
                ElementsAre(0, 128, 255, 255, 0))
        << c;
  }
}

TEST_F(HeatmapsTest, Failures) {
  const Maps maps(8, 8);
  for (const auto& [format, name] :
       {std::pair{HeatmapFormat::kNpy, "a_pose_heatmaps.npy"}, {HeatmapFormat::kPng, "a_pose_heatmaps.png"}}) {
    {
      const FullDisk full(100);
      EXPECT_THAT(WriteHeatmaps(folder_, "a", format, maps.view(), TfPoseDescription()).message(),
                  HasSubstr(std::string(name) + ": cannot write: File too large"));
    }
    fs::create_directory(folder_ / ("b" + std::string(name).substr(1)));
    EXPECT_THAT(WriteHeatmaps(folder_, "b", format, maps.view(), TfPoseDescription()).message(),
                HasSubstr(std::string(name).substr(1) + ": is a folder"));
  }
  EXPECT_THAT(WriteHeatmaps(folder_, "a", HeatmapFormat::kPng, maps.view(19), TfPoseDescription()).message(),
              HasSubstr("maps of 19 channels"));
  EXPECT_EQ(FileCount(), 2u);
}

}  // namespace
}  // namespace sinew::results
