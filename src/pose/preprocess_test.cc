// The cubic resize against OpenCV's, bit for bit, and its errors.
#include "pose/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/npy.h"

namespace sinew::pose {
namespace {

ImageView View(const cv::Mat& mat) { return {mat.data, mat.cols, mat.rows, mat.step}; }

// How many values differ from OpenCV's.
int Differences(const cv::Mat& picture, int width, int height, Preprocessor& preprocessor,
                ChannelOrder order = ChannelOrder::kBgr) {
  cv::Mat expected;
  cv::resize(picture, expected, cv::Size(width, height), 0, 0, cv::INTER_CUBIC);
  std::vector<float> actual(static_cast<size_t>(width) * height * 3, -1.0f);
  EXPECT_TRUE(preprocessor.Resize(View(picture), width, height, order, actual).ok());
  int differences = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int from = order == ChannelOrder::kBgr ? c : 2 - c;
        const float value = actual[(static_cast<size_t>(y) * width + x) * 3 + c];
        if (value != expected.at<cv::Vec3b>(y, x)[from]) ++differences;
      }
    }
  }
  return differences;
}

enum class Content { kNoise, kExtremes, kFewLevels };

cv::Mat RandomPicture(int width, int height, Content content, std::mt19937& random) {
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int i = 0; i < 3 * width; ++i) {
      uint8_t value = random();
      if (content == Content::kExtremes) value = value & 1 ? 255 : 0;
      if (content == Content::kFewLevels) value = value % 4 * 64;
      picture.ptr(y)[i] = value;
    }
  }
  return picture;
}

TEST(Preprocess, EqualsOpenCvOnRandomSizes) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(1);
    Preprocessor preprocessor(target);  // reused on purpose: nothing may be left over from the picture before
    for (int i = 0; i < 300; ++i) {
      const auto side = [&] { return 1 + static_cast<int>(random() % (i % 3 == 0 ? 9 : 150)); };
      const int from_width = side(), from_height = side(), width = side(), height = side();
      const cv::Mat picture = RandomPicture(from_width, from_height, static_cast<Content>(i % 3), random);
      ASSERT_EQ(Differences(picture, width, height, preprocessor), 0)
          << from_width << "x" << from_height << " to " << width << "x" << height;
    }
  }
}

// Scales whose coefficients are short binary fractions: exact halves are frequent, and so is every way to round them.
TEST(Preprocess, EqualsOpenCvWhereHalvesAreFrequent) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(2);
    Preprocessor preprocessor(target);
    for (const auto& [from, to] :
         std::vector<std::pair<int, int>>{{64, 32}, {62, 31}, {31, 62}, {20, 80}, {80, 20}, {9, 3}, {36, 45}}) {
      for (Content content : {Content::kNoise, Content::kExtremes, Content::kFewLevels}) {
        for (int other : {from, from + 1}) {
          const cv::Mat picture = RandomPicture(from, other, content, random);
          EXPECT_EQ(Differences(picture, to, to, preprocessor), 0) << from << "x" << other << " to " << to;
          EXPECT_EQ(Differences(picture, to, other, preprocessor), 0)
              << from << "x" << other << " to " << to << "x" << other;
        }
      }
    }
  }
}

TEST(Preprocess, EqualsOpenCvOnTheEdges) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(3);
    Preprocessor preprocessor(target);
    const std::pair<int, int> sizes[] = {{1, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 1}, {5, 4}, {333, 2}, {432, 368}};
    for (const auto& [from_width, from_height] : sizes) {
      const cv::Mat picture = RandomPicture(from_width, from_height, Content::kNoise, random);
      for (const auto& [width, height] : sizes) {
        EXPECT_EQ(Differences(picture, width, height, preprocessor), 0)
            << from_width << "x" << from_height << " to " << width << "x" << height;
      }
    }
  }
}

TEST(Preprocess, EqualsOpenCvAtRealSizesInBothOrders) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    std::mt19937 random(4);
    Preprocessor preprocessor(target);
    const cv::Mat picture = RandomPicture(1280, 720, Content::kNoise, random);
    EXPECT_EQ(Differences(picture, 432, 368, preprocessor), 0);
    EXPECT_EQ(Differences(picture, 433, 367, preprocessor, ChannelOrder::kRgb), 0);
    EXPECT_EQ(Differences(picture, 1280, 720, preprocessor, ChannelOrder::kRgb), 0);
    // Part of a larger picture: rows lie further apart than they are long.
    EXPECT_EQ(Differences(picture(cv::Rect(13, 7, 641, 333)), 432, 368, preprocessor), 0);
  }
}

// The comparison itself must notice one wrong value.
TEST(Preprocess, AnotherKernelIsNoticed) {
  std::mt19937 random(5);
  const cv::Mat picture = RandomPicture(50, 50, Content::kNoise, random);
  cv::Mat other = picture.clone();
  other.at<cv::Vec3b>(20, 20)[1] ^= 0x40;
  cv::Mat expected;
  cv::resize(picture, expected, cv::Size(40, 40), 0, 0, cv::INTER_CUBIC);
  Preprocessor preprocessor;
  std::vector<float> actual(40 * 40 * 3);
  ASSERT_TRUE(preprocessor.Resize(View(other), 40, 40, ChannelOrder::kBgr, actual).ok());
  int differences = 0;
  for (int i = 0; i < 40 * 40 * 3; ++i) differences += actual[i] != expected.data[i];
  EXPECT_GT(differences, 0);
}

TEST(Preprocess, EqualsTheSavedNetworkInputs) {
  const std::filesystem::path reference = std::filesystem::path(SINEW_SHARED_DIR) / "reference";
  if (!std::filesystem::exists(reference)) GTEST_SKIP() << "no reference data in " << reference;
  Preprocessor preprocessor;
  for (const char* name : {"messi5", "tfpose_p1", "tfpose_ski"}) {
    const auto saved = ReadNpy(reference / "tensors" / (std::string(name) + ".432x368.input.npy"));
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    const cv::Mat picture = cv::imread((reference / "images" / (std::string(name) + ".jpg")).string());
    ASSERT_FALSE(picture.empty()) << name;
    std::vector<float> actual(432 * 368 * 3);
    ASSERT_TRUE(preprocessor.Resize(View(picture), 432, 368, ChannelOrder::kBgr, actual).ok());
    ASSERT_EQ(saved->values.size(), actual.size());
    int differences = 0;
    float largest = 0;
    for (size_t i = 0; i < actual.size(); ++i) {
      differences += actual[i] != saved->values[i];
      largest = std::max(largest, std::abs(actual[i] - saved->values[i]));
    }
    EXPECT_EQ(differences, 0) << name << ", largest " << largest;
  }
}

TEST(Preprocess, NamesWhatIsWrong) {
  Preprocessor preprocessor;
  std::vector<uint8_t> bytes(4 * 4 * 3);
  std::vector<float> out(8 * 8 * 3);
  const auto message = [&](ImageView picture, int width, int height) {
    const Status status = preprocessor.Resize(picture, width, height, ChannelOrder::kBgr, out);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    return status.message();
  };
  using testing::HasSubstr;
  EXPECT_THAT(message({nullptr, 4, 4, 12}, 8, 8), HasSubstr("data is null"));
  EXPECT_THAT(message({bytes.data(), 0, 4, 12}, 8, 8), HasSubstr("0x4 pixels"));
  EXPECT_THAT(message({bytes.data(), 4, kMaxPictureSide + 1, 12}, 8, 8), HasSubstr("1 to 65536"));
  EXPECT_THAT(message({bytes.data(), 4, 4, 11}, 8, 8), HasSubstr("row stride of 11 bytes"));
  EXPECT_THAT(message({bytes.data(), 4, 4, 12}, -8, 8), HasSubstr("network input of -8x8"));
  EXPECT_THAT(message({bytes.data(), 4, 4, 12}, 8, 9), HasSubstr("holds 192 floats, 8x9x3 need 216"));
}

}  // namespace
}  // namespace sinew::pose
