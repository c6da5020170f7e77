// Reading videos: the pixels against OpenCV's, rotation, times, and everything that can be wrong with a file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>

#include "media/images/orient.h"
#include "media/media_test_util.h"
#include "media/video/ffmpeg_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FfmpegReaderTest : public BackendTest {
 protected:
  static std::unique_ptr<VideoReader> Open(const std::string& path, const VideoOptions& options = {}) {
    auto reader = OpenVideo(path, options);
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    return reader.ok() ? std::move(*reader) : nullptr;
  }
  // Every frame as "number WxH", "! message" for an error.
  static std::vector<std::string> Frames(VideoReader& reader) {
    std::vector<std::string> frames;
    Image frame;
    for (;;) {
      const Result<bool> more = reader.Next(&frame);
      if (more.ok() && !*more) return frames;
      frames.push_back(more.ok() ? fmt::format("{} {}x{}", FrameNumber(frame), frame.width, frame.height)
                                 : "! " + more.status().message());
      if (!more.ok() && more.status().code() != StatusCode::kCorrupt) return frames;
      if (frames.size() > 1000) return frames;
    }
  }
};

// Colours and edges that move, so that chroma and motion count.
cv::Mat Scene(int number, int width, int height) {
  cv::Mat mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      mat.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uchar>(4 * x + 9 * number), static_cast<uchar>(5 * y),
                                          static_cast<uchar>(((x + number) / 8 + y / 8) % 2 * 200));
    }
  }
  return mat;
}

TEST_F(FfmpegReaderTest, PixelsAreThoseOfOpenCv) {
  for (const auto& [name, codec, width] :
       {std::tuple{"a.mp4", "mp4v", 98}, {"b.avi", "MJPG", 98}, {"c.mkv", "FFV1", 102}}) {
    cv::VideoWriter writer(name, cv::CAP_FFMPEG, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]), 25,
                           {width, 54});
    ASSERT_TRUE(writer.isOpened()) << name;
    for (int i = 0; i < 30; ++i) writer.write(Scene(i, width, 54));
    writer.release();
    cv::VideoCapture capture(name, cv::CAP_FFMPEG);
    const auto reader = Open(name);
    EXPECT_EQ(reader->format().width, width);
    EXPECT_EQ(reader->format().height, 54);
    EXPECT_NEAR(reader->format().frames_per_second, 25, 1e-6);
    cv::Mat expected;
    Image actual;
    int frames = 0;
    for (; capture.read(expected); ++frames) {
      ASSERT_TRUE(reader->Next(&actual).value()) << name << " frame " << frames;
      ASSERT_EQ(actual.width, expected.cols);
      ASSERT_EQ(actual.height, expected.rows);
      for (int y = 0; y < expected.rows; ++y) {
        ASSERT_EQ(std::memcmp(&actual.pixels[3 * static_cast<size_t>(y * width)], expected.ptr(y),
                              3 * static_cast<size_t>(width)),
                  0)
            << name << " frame " << frames << " row " << y;
      }
      EXPECT_NEAR(reader->seconds().value(), frames / 25.0, 2e-3) << name;
    }
    EXPECT_EQ(frames, 30);
    EXPECT_FALSE(reader->Next(&actual).value());
    EXPECT_FALSE(reader->Next(&actual).value()) << "the end stays the end";
  }
}

// Replaces the matrix of the first track header of an MP4 (ISO/IEC 14496-12, 8.3.2, version 0: 40 bytes after the
// type).
std::string WithMatrix(std::string mp4, int a, int b, int c, int d) {
  const size_t matrix = mp4.find("tkhd") + 4 + 40;
  const auto put = [&](size_t index, int value) {
    const uint32_t fixed = static_cast<uint32_t>(value * 0x10000);
    for (size_t i = 0; i < 4; ++i) mp4[matrix + 4 * index + i] = static_cast<char>(fixed >> (24 - 8 * i));
  };
  put(0, a), put(1, b), put(3, c), put(4, d);
  return mp4;
}

TEST_F(FfmpegReaderTest, RotatedVideosComeUpright) {
  {
    auto writer = CreateVideo("plain.mp4", {64, 48, 10}).value();
    Image frame = Numbered(0);
    for (int y = 0; y < 16; ++y)
      std::fill_n(frame.pixels.begin() + 3 * 64 * y, 3 * 24, uint8_t{250});  // a bright corner, wider than high
    ASSERT_TRUE(writer->Write(frame, 0).ok());
    ASSERT_TRUE(writer->Finish(0.1, /*complete=*/true).ok());
  }
  Image plain;
  ASSERT_TRUE(Open("plain.mp4")->Next(&plain).value());
  struct Case {
    int a, b, c, d;
    Orientation expected;
  };
  // (x, y) goes to (a x + c y, b x + d y), y down: the first column is where the x axis goes.
  for (const Case& test : {Case{1, 0, 0, 1, {0, false}},
                           {0, 1, -1, 0, {90, false}},
                           {-1, 0, 0, -1, {180, false}},
                           {0, -1, 1, 0, {270, false}},
                           {-1, 0, 0, 1, {0, true}},
                           {1, 0, 0, -1, {180, true}},
                           {0, 1, 1, 0, {90, true}},
                           {0, -1, -1, 0, {270, true}}}) {
    WriteBytes("turned.mp4", WithMatrix(ReadBytes("plain.mp4"), test.a, test.b, test.c, test.d));
    const auto reader = Open("turned.mp4");
    Image frame;
    ASSERT_TRUE(reader->Next(&frame).value());
    EXPECT_EQ(frame, Oriented(plain, test.expected)) << test.expected.rotate << (test.expected.flip ? " mirrored" : "");
    EXPECT_EQ(reader->format().width, frame.width);
    EXPECT_EQ(reader->format().height, frame.height);
  }
}

TEST_F(FfmpegReaderTest, SkippedFramesCount) {
  WriteNumberedVideo("a.mp4", 10);
  const auto reader = Open("a.mp4");
  EXPECT_EQ(reader->frame_count_estimate(), 10);
  Image frame;
  for (int i = 0; i < 10; i += 2) {
    EXPECT_TRUE(reader->Skip().value());
    EXPECT_NEAR(reader->seconds().value(), i / 10.0, 1e-6);
    EXPECT_TRUE(reader->Next(&frame).value());
    EXPECT_EQ(FrameNumber(frame), i + 1);
    EXPECT_NEAR(reader->seconds().value(), (i + 1) / 10.0, 1e-6);
  }
  EXPECT_FALSE(reader->Skip().value());
}

TEST_F(FfmpegReaderTest, TheResolutionMayChange) {
  WriteBytes("a.mjpeg",
             NumberedJpeg(0) + NumberedJpeg(1) + NumberedJpeg(2, 128, 96) + NumberedJpeg(3, 33, 7) + NumberedJpeg(4));
  const auto reader = Open("a.mjpeg");
  EXPECT_THAT(Frames(*reader), ElementsAre("0 64x48", "1 64x48", "2 128x96", "3 33x7", "4 64x48"));
  EXPECT_EQ(reader->frame_count_estimate(), 0);
}

TEST_F(FfmpegReaderTest, NamesWithColonsAndSpaces) {
  for (const char* name : {"12:30.mp4", "http: a.mp4", "ä ö%03d.mkv", "file:x.avi"}) {
    WriteNumberedVideo(std::filesystem::path(".") / name, 3);
    EXPECT_THAT(Frames(*Open(name)), ElementsAre("0 64x48", "1 64x48", "2 64x48")) << name;
  }
}

TEST_F(FfmpegReaderTest, TruncatedVideosGiveWhatTheyHaveAndSaySo) {
  struct Case {
    const char* name;
    int count;
    double share;
  };
  for (const auto& [name, count, share] :
       {Case{"a.avi", 50, 0.8}, {"b.avi", 400, 0.5}, {"a.mkv", 50, 0.6}}) {  // an AVI's header is 5 KB long
    WriteNumberedVideo(name, count);
    const std::string whole = ReadBytes(name);
    WriteBytes(name, whole.substr(0, static_cast<size_t>(share * static_cast<double>(whole.size()))));
    const std::vector<std::string> frames = Frames(*Open(name));
    ASSERT_GT(frames.size(), 5u) << name;
    EXPECT_LT(static_cast<int>(frames.size()), count * 4 / 5) << name;
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(frames[i], fmt::format("{} 64x48", i)) << name;
    EXPECT_THAT(frames.back(), HasSubstr(std::string("! ") + name + ": truncated: ends after")) << name;
  }
  WriteNumberedVideo("a.mp4", 50);
  const std::string whole = ReadBytes("a.mp4");
  WriteBytes("a.mp4", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(OpenVideo("a.mp4").status().message(),
              HasSubstr("a.mp4: is not a video that FFmpeg can read, or it is truncated"));
}

TEST_F(FfmpegReaderTest, WholeVideosAreNotCalledTruncated) {
  for (const char* name : {"a.mp4", "a.avi", "a.mkv", "a.ts", "a.mov"}) {
    WriteNumberedVideo(name, 50, 25);
    const std::vector<std::string> frames = Frames(*Open(name));
    EXPECT_THAT(frames, ::testing::SizeIs(50)) << name;
    EXPECT_THAT(frames, ::testing::Each(::testing::Not(HasSubstr("!")))) << name;
  }
}

TEST_F(FfmpegReaderTest, ADamagedFrameIsOneError) {
  {
    cv::VideoWriter writer("a.avi", cv::CAP_FFMPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, {64, 48});
    for (int i = 0; i < 6; ++i) writer.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(30 + kLevelStep * i)));
  }
  std::string bytes = ReadBytes("a.avi");
  size_t frame = 0;
  for (int i = 0; i < 3; ++i) frame = bytes.find("\xff\xd8\xff", frame + 1);
  const size_t size = bytes.find("00dc", frame) - frame;  // up to the next chunk
  bytes.replace(frame, size, size, '\0');
  WriteBytes("a.avi", bytes);
  EXPECT_THAT(Frames(*Open("a.avi")),
              ElementsAre("0 64x48", "1 64x48", HasSubstr("! a.avi: the frame cannot be decoded"), "3 64x48", "4 64x48",
                          "5 64x48"));
}

TEST_F(FfmpegReaderTest, LargeFramesAreRefused) {
  WriteNumberedVideo("a.mp4", 3);
  EXPECT_THAT(OpenVideo("a.mp4", {.limits = {64 * 48 - 1}}).status().message(),
              HasSubstr("a.mp4: a picture of 64x48 pixels, the limit is 3071 (--max-pixels)"));
  EXPECT_THAT(Frames(*Open("a.mp4", {.limits = {64 * 48}})), ::testing::SizeIs(3));
  // Once the video is open, the decoder refuses.
  WriteBytes("b.mjpeg", NumberedJpeg(0) + NumberedJpeg(1, 128, 96) + NumberedJpeg(2));
  EXPECT_THAT(Frames(*Open("b.mjpeg", {.limits = {64 * 48}})),
              ElementsAre("0 64x48", HasSubstr("! b.mjpeg: "), "2 64x48"));
}

TEST_F(FfmpegReaderTest, FilesThatAreNoVideos) {
  WriteBytes("zero.mp4", "");
  EXPECT_EQ(OpenVideo("zero.mp4").status().message(), "zero.mp4: the file is empty");
  for (const std::string& content : {std::string("text"), std::string(100000, '\0'), std::string(100000, 'x')}) {
    WriteBytes("a.mp4", content);
    EXPECT_THAT(OpenVideo("a.mp4").status().message(), HasSubstr("a.mp4: "));
  }
  // A playlist must not reach out; port 9 of this machine would refuse, if anyone asked.
  WriteBytes("list.ts", "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n");
  EXPECT_FALSE(OpenVideo("list.ts").ok());
}

TEST_F(FfmpegReaderTest, StopsWhenAsked) {
  WriteNumberedVideo("a.mp4", 10);
  std::atomic<bool> stop = true;
  const auto reader = OpenVideo("a.mp4", {.stop = [&] { return stop.load(); }});
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.status().code(), StatusCode::kCancelled) << reader.status().message();
}

TEST_F(FfmpegReaderTest, UnreachableStreams) {
  const auto reader = OpenStream("http://me:secret@127.0.0.1:9/a", "http://127.0.0.1:9/a");
  EXPECT_EQ(reader.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(reader.status().message(), HasSubstr("http://127.0.0.1:9/a: "));
  EXPECT_THAT(OpenCamera("/dev/video987", "camera:987").status().message(),
              HasSubstr("camera:987: the camera cannot be opened"));
}

struct ColorCase {
  const char* name;
  AVColorSpace matrix;
  AVColorRange range;
  AVPixelFormat format;
  int width, height;
  double kr, kb;  // of the matrix that is meant
  bool full;
};

// A colour that every matrix and range writes differently, made by the formulas of H.273 and read back.
TEST_F(FfmpegReaderTest, ColorsFollowTheirTags) {
  constexpr AVColorSpace kNone = AVCOL_SPC_UNSPECIFIED;
  constexpr AVColorRange kNoRange = AVCOL_RANGE_UNSPECIFIED, kLimited = AVCOL_RANGE_MPEG, kFull = AVCOL_RANGE_JPEG;
  const ColorCase cases[] = {
      {"601", AVCOL_SPC_SMPTE170M, kLimited, AV_PIX_FMT_YUV420P, 64, 48, 0.299, 0.114, false},
      {"601 large", AVCOL_SPC_SMPTE170M, kLimited, AV_PIX_FMT_YUV420P, 1280, 720, 0.299, 0.114, false},
      {"709", AVCOL_SPC_BT709, kLimited, AV_PIX_FMT_YUV420P, 64, 48, 0.2126, 0.0722, false},
      {"709 odd", AVCOL_SPC_BT709, kLimited, AV_PIX_FMT_YUV420P, 65, 49, 0.2126, 0.0722, false},
      {"709 full", AVCOL_SPC_BT709, kFull, AV_PIX_FMT_YUV420P, 64, 48, 0.2126, 0.0722, true},
      {"709 444", AVCOL_SPC_BT709, kLimited, AV_PIX_FMT_YUV444P, 64, 48, 0.2126, 0.0722, false},
      {"709 ten bits", AVCOL_SPC_BT709, kLimited, AV_PIX_FMT_YUV420P10LE, 64, 48, 0.2126, 0.0722, false},
      {"2020 ten bits", AVCOL_SPC_BT2020_NCL, kLimited, AV_PIX_FMT_YUV420P10LE, 64, 48, 0.2627, 0.0593, false},
      {"2020 full", AVCOL_SPC_BT2020_NCL, kFull, AV_PIX_FMT_YUV420P, 64, 48, 0.2627, 0.0593, true},
      {"240M", AVCOL_SPC_SMPTE240M, kLimited, AV_PIX_FMT_YUV420P, 64, 48, 0.212, 0.087, false},
      {"untagged small", kNone, kNoRange, AV_PIX_FMT_YUV420P, 64, 48, 0.299, 0.114, false},
      {"untagged PAL", kNone, kNoRange, AV_PIX_FMT_YUV420P, 720, 576, 0.299, 0.114, false},
      {"untagged 720p", kNone, kNoRange, AV_PIX_FMT_YUV420P, 1280, 720, 0.2126, 0.0722, false},
      {"untagged full", kNone, kFull, AV_PIX_FMT_YUV420P, 64, 48, 0.299, 0.114, true},
  };
  for (const ColorCase& test : cases) {
    const int bits = av_pix_fmt_desc_get(test.format)->comp[0].depth;
    for (const auto& [red, green, blue] : {std::tuple{200, 50, 50}, {30, 180, 90}, {255, 255, 255}, {0, 0, 0}}) {
      const std::array<int, 3> color = ToYcbcr(red, green, blue, test.kr, test.kb, test.full, bits);
      MakeVideo({.path = "a.mkv",
                 .width = test.width,
                 .height = test.height,
                 .format = test.format,
                 .matrix = test.matrix,
                 .range = test.range,
                 .seconds = {0},
                 .sample = [&](int, int plane, int, int) { return color[static_cast<size_t>(plane)]; }});
      Image image;
      ASSERT_TRUE(Open("a.mkv")->Next(&image).value());
      const size_t middle =
          3 * (static_cast<size_t>(test.height / 2 * test.width) + static_cast<size_t>(test.width / 2));
      const int error = red == 30 ? 3 : 2;  // swscale's fast conversion, in eight bits
      EXPECT_NEAR(image.pixels[middle + 2], red, error) << test.name << " red";
      EXPECT_NEAR(image.pixels[middle + 1], green, error) << test.name << " green";
      EXPECT_NEAR(image.pixels[middle], blue, error) << test.name << " blue";
    }
  }
}

TEST_F(FfmpegReaderTest, AMatrixThatCannotBeConvertedIsRefused) {
  MakeVideo({.path = "a.mkv", .matrix = AVCOL_SPC_YCGCO, .range = AVCOL_RANGE_MPEG, .seconds = {0}});
  Image image;
  const Result<bool> read = Open("a.mkv")->Next(&image);
  EXPECT_EQ(read.status().message(), "a.mkv: frames with the colour matrix ycgco cannot be converted");
}

TEST_F(FfmpegReaderTest, PixelsThatAreNotSquare) {
  MakeVideo({.path = "a.mkv", .pixel_aspect = {64, 45}});
  const auto reader = Open("a.mkv");
  EXPECT_NEAR(reader->format().pixel_aspect, 64.0 / 45, 1e-3);
  Image image;
  ASSERT_TRUE(reader->Next(&image).value());
  EXPECT_NEAR(image.pixel_aspect, 64.0 / 45, 1e-3);
  EXPECT_EQ(image.width, 64) << "as it is stored";
  EXPECT_NEAR(Oriented(image, {90, false}).pixel_aspect, 45.0 / 64, 1e-3);
  // A header's nonsense.
  MakeVideo({.path = "b.mkv", .pixel_aspect = {1, 1000}});
  EXPECT_EQ(Open("b.mkv")->format().pixel_aspect, 1);
}

TEST_F(FfmpegReaderTest, TimesOfAVariableRate) {
  const std::vector<double> times = {0, 0.04, 0.1, 0.5, 1.6, 3.1};
  MakeVideo({.path = "a.mkv", .seconds = times});
  const auto reader = Open("a.mkv");
  for (const double time : times) {
    ASSERT_TRUE(reader->Skip().value());
    EXPECT_NEAR(reader->seconds().value(), time, 1e-6);
  }
}

// Noise that moves: every part of the file matters.
MadeVideo Noise(const std::string& path, const std::string& codec) {
  MadeVideo video = {.path = path, .codec = codec, .width = 320, .height = 240};
  video.seconds.clear();
  for (int i = 0; i < 60; ++i) video.seconds.push_back(i / 10.0);
  video.sample = [](int frame, int plane, int x, int y) {
    if (plane > 0) return 128;
    const unsigned cell = static_cast<unsigned>((x + 3 * frame) / 8 * 7919 + (y + frame) / 8 * 104729);
    return static_cast<int>(60 + (cell * 2654435761u >> 24) / 2);
  };
  video.options = {{"g", "20"}};
  return video;
}

// Whether frame `frame` of one video differs from that of the other by more than a few levels anywhere.
std::vector<bool> WrongFrames(const std::vector<Image>& whole, const std::vector<Image>& hurt) {
  std::vector<bool> wrong;
  for (size_t i = 0; i < std::min(whole.size(), hurt.size()); ++i) {
    int most = 0;
    for (size_t k = 0; k < whole[i].pixels.size() && k < hurt[i].pixels.size(); ++k)
      most = std::max(most, std::abs(whole[i].pixels[k] - hurt[i].pixels[k]));
    wrong.push_back(most > 8 || whole[i].pixels.size() != hurt[i].pixels.size());
  }
  return wrong;
}

struct Damage {
  std::vector<Image> images;  // without pixels where there was an error
  std::vector<bool> told;     // damaged, or an error
};
Damage ReadDamaged(VideoReader& reader) {
  Damage damage;
  for (;;) {
    Image image;
    const Result<bool> more = reader.Next(&image);
    if (more.ok() && !*more) return damage;
    if (!more.ok() && more.status().code() != StatusCode::kCorrupt) return damage;
    damage.images.push_back(more.ok() ? std::move(image) : Image());
    damage.told.push_back(!more.ok() || reader.damaged());
  }
}

TEST_F(FfmpegReaderTest, ConcealedDamageIsTold) {
  for (const auto& [name, codec] : {std::pair{"a.mp4", "libx264"},
                                    {"a.mkv", "libx264"},
                                    {"a.ts", "libx264"},
                                    {"b.mp4", "mpeg4"},
                                    {"b.avi", "mpeg4"}}) {
    MakeVideo(Noise(name, codec));
    const std::string whole = ReadBytes(name);
    const Damage good = ReadDamaged(*Open(name));
    ASSERT_EQ(good.images.size(), 60u) << name;
    EXPECT_THAT(good.told, ::testing::Each(false)) << name;
    int told = 0, wrong = 0, untold = 0, silent = 0;
    for (const double place : {0.3, 0.45, 0.6, 0.75}) {
      // A frame whose header is gone from an AVI leaves no trace: its chunk is passed over, the next frame builds on
      // another one than it did.
      if (std::string_view(name) == "b.avi" && place == 0.45) continue;
      std::string bytes = whole;
      const size_t at = static_cast<size_t>(place * static_cast<double>(bytes.size()));
      bytes.replace(at, 2000, 2000, '\0');
      WriteBytes(name, bytes);
      const Damage hurt = ReadDamaged(*Open(name));
      if (hurt.images.size() != good.images.size()) {
        // A frame is missing: what follows is another picture than that of its number.
        // Where the zeros took the header of a block, as in an AVI, it is gone without a trace.
        silent += std::count(hurt.told.begin(), hurt.told.end(), true) == 0 ? 1 : 0;
        told += static_cast<int>(std::count(hurt.told.begin(), hurt.told.end(), true));
        continue;
      }
      const std::vector<bool> wrong_frames = WrongFrames(good.images, hurt.images);
      for (size_t i = 0; i < wrong_frames.size(); ++i) {
        told += hurt.told[i] ? 1 : 0;
        wrong += wrong_frames[i] ? 1 : 0;
        untold += wrong_frames[i] && !hurt.told[i] ? 1 : 0;
      }
    }
    EXPECT_GT(told, 0) << name;
    EXPECT_LE(silent, 1) << name << ": places where frames are missing and nothing says so";
    // Arithmetic coding makes something of any bits: zeros that reach the end of one frame can pass as that frame.
    // Those that build on it are told.
    EXPECT_LE(20 * untold, wrong) << name << ": of " << wrong << " wrong frames";
  }
}

TEST_F(FfmpegReaderTest, PipesAndDevicesAreRefusedAtOnce) {
  ASSERT_EQ(mkfifo("pipe.mp4", 0600), 0);
  EXPECT_EQ(OpenVideo("pipe.mp4").status().message(), "pipe.mp4: is a pipe or a device, not a file");
  EXPECT_FALSE(OpenVideo("/dev/null").ok());
}

TEST_F(FfmpegReaderTest, ContentDecidesNotTheName) {
  MakeVideo({.path = "a.mp4", .codec = "mpeg4"});
  for (const char* name : {"video.dat", "video", "video.jpg", "video.y4m", "video.txt"}) {
    std::filesystem::copy_file("a.mp4", name);
    EXPECT_EQ(Frames(*Open(name)).size(), 3u) << name;
  }
}

TEST_F(FfmpegReaderTest, PicturesAndSoundAreNoVideos) {
  ASSERT_TRUE(WriteImage("b.png", Numbered(1)).ok());
  EXPECT_EQ(OpenVideo("b.png").status().message(), "b.png: holds a picture and no video");
  MakeVideo({.path = "song.mp4",
             .codec = "mjpeg",
             .sound = "aac",
             .format = AV_PIX_FMT_YUVJ420P,
             .seconds = {0},
             .cover = true});
  EXPECT_EQ(OpenVideo("song.mp4").status().message(), "song.mp4: holds no video");
}

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(std::span<uint8_t> into) override {
    const size_t count = std::min({into.size(), bytes_.size() - at_, size_t{777}});
    std::memcpy(into.data(), bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

TEST_F(FfmpegReaderTest, BytesThatComeOnce) {
  for (const char* name : {"a.mkv", "a.ts", "a.avi", "a.y4m", "a.webm"}) {
    WriteNumberedVideo(name, 5);
    auto reader = OpenVideoBytes(std::make_unique<StringSource>(ReadBytes(name)), "stdin");
    ASSERT_TRUE(reader.ok()) << name << ": " << reader.status().message();
    EXPECT_THAT(Frames(**reader), ElementsAre("0 64x48", "1 64x48", "2 64x48", "3 64x48", "4 64x48")) << name;
  }
  EXPECT_THAT(OpenVideoBytes(std::make_unique<StringSource>("text"), "stdin").status().message(),
              HasSubstr("stdin: is not a video that FFmpeg can read"));
}

TEST_F(FfmpegReaderTest, FfmpegPrintsNothing) {
  WriteNumberedVideo("a.mp4", 20);
  std::string bytes = ReadBytes("a.mp4");
  bytes.replace(bytes.size() / 4, 500, 500, '\x55');
  WriteBytes("a.mp4", bytes);
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  const auto reader = OpenVideo("a.mp4");
  if (reader.ok()) Frames(**reader);
  EXPECT_FALSE(CreateVideo("b.mp4", {100000, 16, 10}).ok());
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace sinew::media
