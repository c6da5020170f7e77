// Pictures, videos and folders that the tests of this folder make for themselves.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/file.h"
#include "media/backend.h"
#include "media/images/codec.h"
#include "media/images/image.h"
#include "media/video/video.h"

namespace sinew::media {

// A fixture with a folder of its own, which is the current one during the test.
class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    folder_ = std::filesystem::path(::testing::TempDir()) / ("sinew_media_test_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
  }
  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path before_, folder_;
};

// The same for tests that read or write videos.
class BackendTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (const auto backend = LoadBackend(); !backend.ok()) GTEST_SKIP() << backend.status().message();
  }
};

inline void WriteBytes(const std::filesystem::path& path, std::string_view content) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// A grey picture whose level tells its number: 0 to 10.
inline constexpr int kLevelStep = 20;
inline Image Numbered(int number, int width = 64, int height = 48) {
  Image image = Image::OfSize(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), static_cast<uint8_t>(30 + kLevelStep * number));
  return image;
}
// What Numbered has encoded, lossy codecs in between.
inline int FrameNumber(const Image& image) {
  if (image.pixels.empty()) return -1;
  const size_t middle = 3 * (static_cast<size_t>(image.height / 2) * static_cast<size_t>(image.width) +
                             static_cast<size_t>(image.width / 2));
  return (image.pixels[middle] - 30 + kLevelStep / 2) / kLevelStep;
}

inline std::string NumberedJpeg(int number, int width = 64, int height = 48) {
  return EncodeJpeg(Numbered(number, width, height)).value();
}

// A video of `count` numbered frames, the numbers repeating after 10.
inline void WriteNumberedVideo(const std::filesystem::path& path, int count, double frames_per_second = 10,
                               int width = 64, int height = 48) {
  auto writer = CreateVideo(path, {width, height, frames_per_second});
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE((*writer)->Write(Numbered(i % 10, width, height), i / frames_per_second).ok());
  const Status finished = (*writer)->Finish(count / frames_per_second, /*complete=*/true);
  ASSERT_TRUE(finished.ok()) << finished.message();
}

}  // namespace sinew::media
