// Videos written and read back: containers, colours, times, shapes, sound, and disks that are full.
#include "media/video/video.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "media/media_test_util.h"
#include "media/video/ffmpeg_test_util.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSuffixes[] = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".ts", ".avi", ".y4m"};

Image OneColor(int width, int height, uint8_t red, uint8_t green, uint8_t blue) {
  Image image = Image::OfSize(width, height);
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    image.pixels[i] = blue;
    image.pixels[i + 1] = green;
    image.pixels[i + 2] = red;
  }
  return image;
}

std::vector<Image> ReadAll(const std::string& path, std::vector<double>* seconds = nullptr) {
  std::vector<Image> images;
  auto reader = OpenVideo(path);
  EXPECT_TRUE(reader.ok()) << reader.status().message();
  if (!reader.ok()) return images;
  for (;;) {
    Image image;
    const Result<bool> more = (*reader)->Next(&image);
    EXPECT_TRUE(more.ok()) << more.status().message();
    if (!more.ok() || !*more) return images;
    images.push_back(std::move(image));
    if (seconds != nullptr) seconds->push_back((*reader)->seconds().value_or(-1));
  }
}

void WriteImages(const std::string& path, const VideoFormat& format, const std::vector<Image>& images,
                 const std::vector<double>& seconds, double end) {
  auto writer = CreateVideo(path, format);
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  for (size_t i = 0; i < images.size(); ++i) {
    const Status status = (*writer)->Write(images[i], seconds[i]);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  const Status status = (*writer)->Finish(end, /*complete=*/true);
  ASSERT_TRUE(status.ok()) << status.message();
}

class VideoTest : public BackendTest {
 protected:
  static size_t FilesInFolder() {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator("."), std::filesystem::directory_iterator()));
  }
};

TEST_F(VideoTest, FramesComeBackInOrder) {
  for (const std::string suffix : kSuffixes) {
    const std::string path = "ü " + suffix.substr(1) + suffix;
    auto writer = CreateVideo(path, {64, 48, 10});
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE((*writer)->Write(Numbered(i), i / 10.0).ok());
    EXPECT_FALSE(std::filesystem::exists(path)) << "appears only when whole";
    const Status status = (*writer)->Finish(1, /*complete=*/true);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_FALSE(std::filesystem::exists(path + ".part"));

    auto reader = OpenVideo(path);
    ASSERT_TRUE(reader.ok()) << reader.status().message();
    EXPECT_EQ((*reader)->format().width, 64);
    EXPECT_EQ((*reader)->format().height, 48);
    EXPECT_NEAR((*reader)->format().frames_per_second, 10, 0.1) << path;
    Image frame;
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE((*reader)->Next(&frame).value()) << path << " frame " << i;
      EXPECT_EQ(FrameNumber(frame), i) << path;
      EXPECT_FALSE((*reader)->damaged()) << path;
    }
    EXPECT_FALSE((*reader)->Next(&frame).value()) << path;
  }
}

TEST_F(VideoTest, ColorsComeBackAndAreTagged) {
  for (const std::string suffix : kSuffixes) {
    for (const auto& [width, height] : {std::pair{64, 48}, {1280, 720}}) {
      const std::string path = fmt::format("{}{}", height, suffix);
      WriteImages(path, {width, height, 10}, std::vector<Image>(3, OneColor(width, height, 200, 50, 50)), {0, 0.1, 0.2},
                  0.3);
      for (const Image& image : ReadAll(path)) {
        const size_t middle = 3 * (static_cast<size_t>(height / 2 * width) + static_cast<size_t>(width / 2));
        EXPECT_NEAR(image.pixels[middle], 50, 2) << path << " blue";
        EXPECT_NEAR(image.pixels[middle + 1], 50, 2) << path << " green";
        EXPECT_NEAR(image.pixels[middle + 2], 200, 2) << path << " red";
      }
      if (suffix == ".avi" || suffix == ".y4m") continue;  // they have no place for tags
      const SeenVideo seen = SeeVideo(path);
      EXPECT_EQ(seen.matrix, height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M) << path;
      EXPECT_EQ(seen.range, AVCOL_RANGE_MPEG) << path;
    }
  }
}

TEST_F(VideoTest, EachFrameHasItsOwnTime) {
  const std::vector<double> times = {0, 0.04, 0.1, 0.5, 0.54, 1.6, 2.1, 3.1};
  for (const char* path : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.ts", "a.avi"}) {
    std::vector<Image> images;
    for (size_t i = 0; i < times.size(); ++i) images.push_back(Numbered(static_cast<int>(i)));
    WriteImages(path, {64, 48, 25}, images, times, 3.6);
    std::vector<double> seconds;
    const std::vector<Image> read = ReadAll(path, &seconds);
    ASSERT_EQ(read.size(), times.size()) << path;
    // AVI has one rate: the nearest place. Matroska counts milliseconds.
    const double tolerance = std::string_view(path) == "a.avi" ? 0.0201 : 0.00051;
    for (size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(FrameNumber(read[i]), static_cast<int>(i)) << path;
      EXPECT_NEAR(seconds[i], times[i], tolerance) << path << " frame " << i;
    }
    if (std::string_view(path) != "a.avi" && std::string_view(path) != "a.ts") {
      EXPECT_NEAR(SeeVideo(path).seconds, 3.6, 0.002) << path << ": the last frame has its length";
    }
  }
}

TEST_F(VideoTest, ExactRatesStayExact) {
  for (const double rate : {24000 / 1001.0, 30000 / 1001.0, 60000 / 1001.0, 25.0, 12.5}) {
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) times.push_back(i / rate);
    WriteImages("a.mp4", {64, 48, rate}, std::vector<Image>(20, Numbered(3)), times, 20 / rate);
    const auto reader = OpenVideo("a.mp4").value();
    EXPECT_DOUBLE_EQ(reader->format().frames_per_second, rate);
  }
}

TEST_F(VideoTest, RawFramesAreRepeatedWhereTheyStay) {
  WriteImages("a.y4m", {64, 48, 10}, {Numbered(1), Numbered(2), Numbered(3)}, {0, 0.3, 0.4}, 0.7);
  std::vector<int> numbers;
  for (const Image& image : ReadAll("a.y4m")) numbers.push_back(FrameNumber(image));
  EXPECT_THAT(numbers, ::testing::ElementsAre(1, 1, 1, 2, 3, 3, 3));
}

TEST_F(VideoTest, FramesAtTheSameTimeAreNotLost) {
  for (const char* path : {"a.mp4", "a.avi", "a.y4m"}) {
    WriteImages(path, {64, 48, 10}, {Numbered(1), Numbered(2), Numbered(3)}, {0, 0, 0.01}, 0.3);
    std::vector<int> numbers;
    for (const Image& image : ReadAll(path)) numbers.push_back(FrameNumber(image));
    EXPECT_THAT(numbers, ::testing::ElementsAre(1, 2, 3)) << path;
  }
}

TEST_F(VideoTest, OddSizesKeepEveryRowAndColumn) {
  constexpr int kWidth = 65, kHeight = 49;
  Image image = OneColor(kWidth, kHeight, 100, 100, 100);
  // The last row and column are bright.
  for (int x = 0; x < kWidth; ++x)
    std::fill_n(image.pixels.begin() + 3 * ((kHeight - 1) * kWidth + x), 3, uint8_t{250});
  for (int y = 0; y < kHeight; ++y) std::fill_n(image.pixels.begin() + 3 * (y * kWidth + kWidth - 1), 3, uint8_t{250});
  for (const std::string suffix : kSuffixes) {
    const std::string path = "odd" + suffix;
    WriteImages(path, {kWidth, kHeight, 10}, std::vector<Image>(3, image), {0, 0.1, 0.2}, 0.3);
    const std::vector<Image> read = ReadAll(path);
    ASSERT_EQ(read.size(), 3u) << path;
    const bool pairs = SeeVideo(path).codec == "h264";
    EXPECT_EQ(read[0].width, pairs ? kWidth + 1 : kWidth) << path;
    EXPECT_EQ(read[0].height, pairs ? kHeight + 1 : kHeight) << path;
    const auto value = [&](int x, int y) { return read[0].pixels[3 * static_cast<size_t>(y * read[0].width + x) + 1]; };
    EXPECT_GT(value(20, kHeight - 1), 220) << path;
    EXPECT_LT(value(20, kHeight - 3), 140) << path;
    EXPECT_GT(value(kWidth - 1, 20), 220) << path;
    EXPECT_LT(value(kWidth - 3, 20), 140) << path;
  }
}

TEST_F(VideoTest, TheShapeOfPixelsComesBack) {
  for (const char* path : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.ts", "a.avi", "a.y4m"}) {
    WriteImages(path, {64, 48, 10, 4.0 / 3}, std::vector<Image>(3, Numbered(1)), {0, 0.1, 0.2}, 0.3);
    // WebM has the width that is seen, in whole pixels: 85 for 85.33.
    const double tolerance = std::string_view(path) == "a.webm" ? 0.5 / 64 : 0.001;
    EXPECT_NEAR(OpenVideo(path).value()->format().pixel_aspect, 4.0 / 3, tolerance) << path;
    const std::vector<Image> images = ReadAll(path);
    ASSERT_EQ(images.size(), 3u) << path;
    EXPECT_NEAR(images[0].pixel_aspect, 4.0 / 3, tolerance) << path;
    EXPECT_EQ(images[0].width, 64) << path;
  }
}

TEST_F(VideoTest, SoundIsCopied) {
  std::vector<double> times;
  for (int i = 0; i < 20; ++i) times.push_back(i / 10.0);
  MakeVideo({.path = "in.mkv", .codec = "mpeg4", .sound = "aac", .seconds = times, .sound_seconds = 2});
  MakeVideo({.path = "in.mp4", .codec = "mpeg4", .sound = "aac", .seconds = times, .sound_seconds = 2});
  const SeenVideo input = SeeVideo("in.mp4");
  ASSERT_GT(input.sound_packets, 90);
  for (const char* path : {"out.mp4", "out.mov", "out.mkv", "out.ts"}) {
    for (const char* from : {"in.mp4", "in.mkv"}) {
      auto writer = CreateVideo(path, {64, 48, 10}, Sound{from, 0});
      ASSERT_TRUE(writer.ok()) << writer.status().message();
      for (const double time : times) ASSERT_TRUE((*writer)->Write(Numbered(1), time).ok());
      const Status status = (*writer)->Finish(2, true);
      ASSERT_TRUE(status.ok()) << status.message();
      EXPECT_EQ((*writer)->remark(), "");
      const SeenVideo seen = SeeVideo(path);
      EXPECT_EQ(seen.sound, "aac") << path;
      EXPECT_EQ(seen.frames, 20) << path;
      EXPECT_NEAR(seen.sound_packets, input.sound_packets, 1) << path << " from " << from;
      EXPECT_NEAR(seen.first_sound, 0, 0.05) << path << " from " << from;
    }
  }
  // From the middle to before the end.
  auto writer = CreateVideo("cut.mkv", {64, 48, 10}, Sound{"in.mp4", 0.5}).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(Numbered(1), times[static_cast<size_t>(i)]).ok());
  ASSERT_TRUE(writer->Finish(1, true).ok());
  const SeenVideo cut = SeeVideo("cut.mkv");
  EXPECT_NEAR(cut.first_sound, 0, 0.05);
  EXPECT_NEAR(cut.last_sound, 1, 0.05);
}

TEST_F(VideoTest, SoundThatDoesNotFitIsLeftOutAndTold) {
  MakeVideo({.path = "aac.mp4", .codec = "mpeg4", .sound = "aac"});
  MakeVideo({.path = "pcm.mkv", .codec = "mpeg4", .sound = "pcm_s16le"});
  MakeVideo({.path = "silent.mp4", .codec = "mpeg4"});
  const auto remark = [](const char* path, const char* sound) {
    auto writer = CreateVideo(path, {64, 48, 10}, Sound{sound, 0});
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE((*writer)->Write(Numbered(i), i / 10.0).ok());
    const Status status = (*writer)->Finish(0.3, true);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(ReadAll(path).size(), 3u);
    return (*writer)->remark();
  };
  EXPECT_EQ(remark("a.webm", "aac.mp4"), "the video is without sound: WebM holds no aac, the sound of aac.mp4");
  EXPECT_THAT(remark("a.mp4", "pcm.mkv"), HasSubstr("holds no pcm_s16le, the sound of pcm.mkv"));
  EXPECT_THAT(remark("a.y4m", "aac.mp4"), HasSubstr("YUV4MPEG pipe holds no aac"));
  EXPECT_THAT(remark("a.mp4", "none.mp4"), HasSubstr("none.mp4: no such file"));
  EXPECT_EQ(remark("a.mp4", "silent.mp4"), "");
  EXPECT_EQ(remark("a.mkv", "pcm.mkv"), "");
  EXPECT_EQ(SeeVideo("a.mkv").sound, "pcm_s16le");
}

TEST_F(VideoTest, AFullDiskIsAnErrorAndLeavesTheNameAlone) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const std::string suffix : kSuffixes) {
    const std::string path = "full" + suffix;
    WriteBytes(path, "an earlier result");
    // Everywhere: in the header, in the midst, in what comes at the end.
    for (const rlim_t limit : {rlim_t{10}, rlim_t{3000}, rlim_t{30000}}) {
      rlimit small = before;
      small.rlim_cur = limit;
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
      Status status;
      {
        auto writer = CreateVideo(path, {320, 240, 10});
        status = writer.status();
        Image noise = Image::OfSize(320, 240);
        for (int i = 0; i < 30 && status.ok(); ++i) {
          for (size_t k = 0; k < noise.pixels.size(); ++k)
            noise.pixels[k] = static_cast<uint8_t>((k * 2654435761u + static_cast<size_t>(i) * 40503u) >> 13);
          status = (*writer)->Write(noise, i / 10.0);
        }
        if (status.ok()) status = (*writer)->Finish(3, true);
      }
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
      EXPECT_EQ(status.code(), StatusCode::kIo) << path << " at " << limit;
      EXPECT_THAT(status.message(), HasSubstr(path + ": cannot be written: File too large")) << limit;
      EXPECT_EQ(ReadBytes(path), "an earlier result");
    }
  }
}

// What a written video is verified by.
TEST_F(VideoTest, FramesOfAnOpenFileAreCounted) {
  const Backend* const backend = LoadBackend().value();
  const auto count = [&](const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY);
    const Result<int64_t> frames = backend->CountFrames(fd, path);
    ::close(fd);
    return frames.ok() ? fmt::format("{}", *frames) : frames.status().message();
  };
  for (const std::string suffix : kSuffixes) {
    WriteNumberedVideo("a" + suffix, 30);
    EXPECT_EQ(count("a" + suffix), "30");
    const std::string whole = ReadBytes("a" + suffix);
    WriteBytes("half" + suffix, whole.substr(0, whole.size() / 2));
    EXPECT_NE(count("half" + suffix), "30");
  }
  WriteBytes("text.mp4", "no video");
  EXPECT_THAT(count("text.mp4"), HasSubstr("text.mp4: is not a video"));
}

TEST_F(VideoTest, AnIncompleteVideoStaysBesideAndPlays) {
  for (const std::string suffix : kSuffixes) {
    const std::string path = "a" + suffix;
    WriteBytes(path, "an earlier result");
    auto writer = CreateVideo(path, {64, 48, 10}).value();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(writer->Write(Numbered(i), i / 10.0).ok());
    const Status status = writer->Finish(0.5, /*complete=*/false);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(ReadBytes(path), "an earlier result");
    EXPECT_EQ(ReadAll(path + ".part").size(), 5u);
  }
}

TEST_F(VideoTest, WhatCannotBeWrittenIsToldBeforeAnythingIs) {
  EXPECT_THAT(CreateVideo("noextension", {64, 48, 10}).status().message(),
              HasSubstr("noextension: a video's name needs a suffix that tells its format: .mp4 .m4v"));
  EXPECT_THAT(CreateVideo("a.xyz", {64, 48, 10}).status().message(), HasSubstr("needs a suffix"));
  EXPECT_THAT(CreateVideo("none/a.mp4", {64, 48, 10}).status().message(), HasSubstr("none/a.mp4"));
  EXPECT_THAT(CreateVideo("a.mp4", {100000, 48, 10}).status().message(),
              HasSubstr("cannot encode frames of 100000x48"));
  EXPECT_EQ(FilesInFolder(), 0u);
  auto writer = CreateVideo("a.mp4", {64, 48, 10});
  EXPECT_THAT((*writer)->Write(Image::OfSize(32, 32), 0).message(), HasSubstr("a frame of 32x32 in a video of 64x48"));
}

TEST_F(VideoTest, ErrorsNameTheFile) {
  EXPECT_THAT(OpenVideo("none.mp4").status().message(), HasSubstr("none.mp4: no such file"));
  EXPECT_THAT(OpenVideo(".").status().message(), HasSubstr("is a folder"));
  WriteBytes("text.mp4", "not a video");
  EXPECT_THAT(OpenVideo("text.mp4").status().message(), HasSubstr("text.mp4: is not a video"));
}

TEST(VideoExtensionTest, IsCaseInsensitive) {
  EXPECT_TRUE(HasVideoExtension("a.MP4"));
  EXPECT_FALSE(HasVideoExtension("a.jpg"));
  EXPECT_FALSE(HasVideoExtension("mp4"));
}

}  // namespace
}  // namespace sinew::media
