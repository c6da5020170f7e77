// Videos written and read back.
#include "media/video/video.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

class VideoTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  size_t FilesInFolder() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()));
  }
  // A grey frame whose level tells its number.
  static Image Frame(int number) {
    Image frame = Image::OfSize(64, 48);
    std::fill(frame.pixels.begin(), frame.pixels.end(), static_cast<uint8_t>(20 + 20 * number));
    return frame;
  }
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_video_test";
};

TEST_F(VideoTest, FramesComeBackInOrder) {
  for (const char* name : {"a b.mp4", "ü.avi", "c.mkv"}) {
    const std::filesystem::path path = folder_ / name;
    auto writer = CreateVideo(path, {64, 48, 10});
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE((*writer)->Write(Frame(i)).ok());
    EXPECT_FALSE(std::filesystem::exists(path)) << "appears only when whole";
    ASSERT_TRUE((*writer)->Finish().ok());

    auto reader = OpenVideo(path);
    ASSERT_TRUE(reader.ok()) << reader.status().message();
    EXPECT_EQ((*reader)->format().width, 64);
    EXPECT_EQ((*reader)->format().height, 48);
    EXPECT_NEAR((*reader)->format().frames_per_second, 10, 0.1);
    Image frame;
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE((*reader)->Next(&frame).value()) << name << " frame " << i;
      EXPECT_NEAR(frame.pixels[3 * (24 * 64 + 32)], 20 + 20 * i, 6) << name << " frame " << i;
    }
    EXPECT_FALSE((*reader)->Next(&frame).value());
  }
}

TEST_F(VideoTest, AnAbandonedVideoLeavesNothing) {
  {
    auto writer = CreateVideo(folder_ / "a.mp4", {64, 48, 10});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write(Frame(0)).ok());
  }
  EXPECT_EQ(FilesInFolder(), 0u);
}

TEST_F(VideoTest, ErrorsNameTheFile) {
  EXPECT_THAT(OpenVideo(folder_ / "none.mp4").status().message(), HasSubstr("none.mp4: no such file"));
  EXPECT_THAT(OpenVideo(folder_).status().message(), HasSubstr("is a folder"));
  std::ofstream(folder_ / "text.mp4") << "not a video";
  EXPECT_THAT(OpenVideo(folder_ / "text.mp4").status().message(), HasSubstr("text.mp4: is no video"));
  EXPECT_THAT(CreateVideo(folder_ / "noextension", {64, 48, 10}).status().message(), HasSubstr("needs an extension"));
  EXPECT_THAT(CreateVideo(folder_ / "none/a.mp4", {64, 48, 10}).status().message(),
              HasSubstr("no video of 64x48 can be written"));
  auto writer = CreateVideo(folder_ / "a.mp4", {64, 48, 10});
  EXPECT_THAT((*writer)->Write(Image::OfSize(32, 32)).message(), HasSubstr("a frame of 32x32 in a video of 64x48"));
}

TEST(VideoExtensionTest, IsCaseInsensitive) {
  EXPECT_TRUE(HasVideoExtension("a.MP4"));
  EXPECT_FALSE(HasVideoExtension("a.jpg"));
  EXPECT_FALSE(HasVideoExtension("mp4"));
}

}  // namespace
}  // namespace sinew::media
