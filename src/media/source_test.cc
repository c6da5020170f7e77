// Lists of inputs: pictures of every sort, videos, and the errors that stop none of the others.
#include "media/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "media/images/picture_files_test_util.h"
#include "media/media_test_util.h"
#include "service/zoo/http_server_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Source> Open(const std::vector<std::string>& arguments, const SourceOptions& options = {}) {
  std::vector<SkippedFile> skipped;
  auto source = OpenInputs(ExpandInputs(arguments, {}, &skipped), options);
  EXPECT_TRUE(source.ok()) << source.status().message();
  return std::move(source).value();
}

std::vector<Frame> All(Source& source) {
  std::vector<Frame> frames;
  for (Frame frame; frames.size() < 1000 && source.Next(&frame).value(); frame = Frame())
    frames.push_back(std::move(frame));
  return frames;
}

// Every frame as "source number: number of the picture" or "source number: ! error".
std::vector<std::string> Told(const std::vector<std::string>& arguments, const SourceOptions& options = {}) {
  std::vector<std::string> told;
  for (const Frame& frame : All(*Open(arguments, options))) {
    told.push_back(frame.source + " " + std::to_string(frame.number) + ": " +
                   (frame.error.empty() ? std::to_string(FrameNumber(frame.image)) : "! " + frame.error));
  }
  return told;
}

class SourceTest : public BackendTest {};

TEST_F(SourceTest, PicturesAndVideosOneAfterTheOther) {
  WriteBytes("a.jpg", NumberedJpeg(1));
  WriteNumberedVideo("v.mp4", 3);
  WriteBytes("f/2.jpg", NumberedJpeg(2));
  WriteBytes("f/10.jpg", NumberedJpeg(5));
  const auto source = Open({"a.jpg", "v.mp4", "f", "a.jpg"});
  EXPECT_EQ(source->expected_frames(), 7);
  const std::vector<Frame> frames = All(*source);
  EXPECT_EQ(source->expected_frames(), 7) << "counts what is done as well";
  EXPECT_EQ(source->dropped_frames(), 0);
  std::vector<std::string> names;
  std::vector<size_t> inputs;
  for (const Frame& frame : frames) names.push_back(frame.source), inputs.push_back(frame.input);
  EXPECT_THAT(names, ElementsAre("a.jpg", "v.mp4", "v.mp4", "v.mp4", "f/2.jpg", "f/10.jpg", "a.jpg"));
  EXPECT_THAT(inputs, ElementsAre(0, 1, 1, 1, 2, 3, 4));
  EXPECT_EQ(frames[0].kind, InputKind::kPicture);
  EXPECT_EQ(frames[0].seconds, std::nullopt);
  EXPECT_EQ(frames[0].frames_per_second, 0);
  EXPECT_EQ(frames[3].kind, InputKind::kVideo);
  EXPECT_NEAR(frames[3].seconds.value(), 0.2, 1e-6);
  EXPECT_NEAR(frames[3].frames_per_second, 10, 1e-6);
  EXPECT_EQ(frames[3].number, 2);
}

TEST_F(SourceTest, ErrorsStopNoOtherInput) {
  WriteBytes("good.jpg", NumberedJpeg(1));
  WriteBytes("zero.jpg", "");
  WriteBytes("zero.mp4", "");
  WriteBytes("text.png", "text");
  WriteBytes("half.jpg", NumberedJpeg(1).substr(0, 500));
  WriteNumberedVideo("v.mkv", 2);
  EXPECT_THAT(Told({"zero.jpg", "none.jpg", "good.jpg", "zero.mp4", "text.png", "half.jpg", "v.mkv"}),
              ElementsAre("zero.jpg 0: ! zero.jpg: the file is empty", "none.jpg 0: ! none.jpg: no such file or folder",
                          "good.jpg 0: 1", "zero.mp4 0: ! zero.mp4: the file is empty",
                          HasSubstr("text.png 0: ! text.png: is neither a picture nor a video"),
                          HasSubstr("half.jpg 0: ! half.jpg: damaged JPEG"), "v.mkv 0: 0", "v.mkv 1: 1"));
  EXPECT_EQ(Open({"zero.jpg", "none.jpg", "good.jpg", "zero.mp4"})->expected_frames(), 4) << "an error is a frame";
}

TEST_F(SourceTest, FoldersAndFilesInOneAnothersPlace) {
  std::filesystem::create_directories("folder.mp4");
  std::filesystem::create_directories("folder.jpg");
  EXPECT_THAT(Told({"folder.mp4"}),
              ElementsAre("folder.mp4 0: ! folder.mp4: the folder holds no picture and no video"));
  const std::vector<Input> inputs = {{InputKind::kPicture, "folder.jpg", "folder.jpg", {}},
                                     {InputKind::kVideo, "folder.mp4", "folder.mp4", {}}};
  const std::vector<Frame> frames = All(*OpenInputs(inputs).value());
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_THAT(frames[0].error, HasSubstr("folder.jpg: is a folder"));
  EXPECT_THAT(frames[1].error, HasSubstr("folder.mp4: is a folder"));
}

TEST_F(SourceTest, ATruncatedVideoGivesItsFramesAndAnError) {
  WriteNumberedVideo("v.mkv", 50);
  const std::string whole = ReadBytes("v.mkv");
  WriteBytes("v.mkv", whole.substr(0, whole.size() * 6 / 10));
  WriteBytes("a.jpg", NumberedJpeg(7));
  for (const int64_t step : {1, 7}) {
    const std::vector<std::string> told = Told({"v.mkv", "a.jpg"}, {.frames = {.step = step}});
    ASSERT_GT(told.size(), 2u);
    EXPECT_EQ(told.front(), "v.mkv 0: 0");
    EXPECT_THAT(told[told.size() - 2], HasSubstr("! v.mkv: truncated: ends after")) << "step " << step;
    EXPECT_EQ(told.back(), "a.jpg 0: 7");
  }
}

TEST_F(SourceTest, FramesWithoutPicturesCountAlike) {
  WriteBytes("a.jpg", NumberedJpeg(7));
  WriteBytes("damaged.jpg", "no picture");
  WriteNumberedVideo("v.mp4", 6);
  const std::vector<std::string> inputs = {"a.jpg", "damaged.jpg", "none.jpg", "v.mp4", "a.jpg"};
  const SourceOptions options = {.frames = {.step = 2}};
  const std::vector<Frame> frames = All(*Open(inputs, options));
  ASSERT_EQ(frames.size(), 7u);
  for (size_t without = 0; without <= frames.size(); ++without) {
    const auto source = Open(inputs, options);
    for (size_t i = 0; i < frames.size(); ++i) {
      Frame frame;
      ASSERT_TRUE((i < without ? source->NextWithoutPicture(&frame) : source->Next(&frame)).value()) << i;
      EXPECT_EQ(frame.source, frames[i].source);
      EXPECT_EQ(frame.number, frames[i].number) << i;
      EXPECT_EQ(frame.seconds, frames[i].seconds) << i;
      EXPECT_EQ(frame.input, frames[i].input) << i;
      EXPECT_TRUE(i < without ? frame.image.pixels.empty() : frame.image == frames[i].image) << i;
    }
    Frame frame;
    EXPECT_FALSE(source->Next(&frame).value());
  }
}

TEST_F(SourceTest, SelectionIsForVideos) {
  WriteBytes("a.jpg", NumberedJpeg(7));
  WriteNumberedVideo("v.mp4", 9);
  WriteNumberedVideo("w.mp4", 2);
  const SourceOptions options = {.frames = {.first = 2, .step = 3, .last = 7}};
  EXPECT_THAT(
      Told({"a.jpg", "v.mp4", "w.mp4"}, options),
      ElementsAre("a.jpg 0: 7", "v.mp4 2: 2", "v.mp4 5: 5",
                  "w.mp4 0: ! w.mp4: has 2 frames (0 to 1), none of them is to be taken: the first would be 2"));
  EXPECT_EQ(Open({"a.jpg", "v.mp4"}, options)->expected_frames(), 3);
}

TEST_F(SourceTest, AVideoWhoseResolutionChanges) {
  WriteBytes("v.mjpeg", NumberedJpeg(0) + NumberedJpeg(1, 128, 96) + NumberedJpeg(2));
  const std::vector<Frame> frames = All(*Open({"v.mjpeg"}, {.orientation = {90, false}}));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].image.width, 96);
  EXPECT_EQ(frames[1].image.height, 128);
  EXPECT_EQ(frames[2].image.width, 48);
}

TEST_F(SourceTest, ContentDecidesWhatAFileIs) {
  const std::string jpegs = NumberedJpeg(0) + NumberedJpeg(1) + NumberedJpeg(2);
  WriteNumberedVideo("v.mp4", 3);
  for (const char* name : {"video", "video.jpg", "video.dat"}) std::filesystem::copy_file("v.mp4", name);
  for (const char* name : {"picture", "picture.mp4", "picture.xyz"}) WriteBytes(name, NumberedJpeg(7));
  WriteBytes("jpegs.dat", jpegs);
  WriteBytes("with_preview.jpg", jpegs);
  WriteBytes("text.jpg", "hello");
  WriteBytes("noise", std::string_view("\1\2\3\0\4 something", 14));
  for (const char* name : {"video", "video.jpg", "video.dat", "jpegs.dat"}) {
    const std::string source = name;
    EXPECT_THAT(Told({source}), ElementsAre(source + " 0: 0", source + " 1: 1", source + " 2: 2"));
    for (const Frame& frame : All(*Open({source}))) EXPECT_EQ(frame.kind, InputKind::kVideo) << source;
  }
  for (const char* name : {"picture", "picture.mp4", "picture.xyz"}) {
    EXPECT_THAT(Told({name}), ElementsAre(std::string(name) + " 0: 7"));
    for (const Frame& frame : All(*Open({name}))) EXPECT_EQ(frame.kind, InputKind::kPicture) << name;
  }
  EXPECT_THAT(
      Told({"with_preview.jpg", "text.jpg", "noise"}),
      ElementsAre("with_preview.jpg 0: 0", HasSubstr("text.jpg 0: ! text.jpg: is neither a picture nor a video"),
                  "noise 0: ! noise: is neither a picture nor a video that can be read"));
}

TEST_F(SourceTest, NamedPipes) {
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  std::thread writer([] { WriteBytes("pipe", NumberedJpeg(4) + NumberedJpeg(5)); });
  EXPECT_THAT(Told({"pipe"}), ElementsAre("pipe 0: 4", "pipe 1: 5"));
  writer.join();
  // Nobody writes: a stop is noticed all the same.
  std::atomic<int> asked = 0;
  const auto source = Open({"pipe"}, {.stop = [&] { return ++asked > 5; }});
  Frame frame;
  EXPECT_FALSE(source->Next(&frame).value());
  ASSERT_EQ(::mkfifo("pipe.jpg", 0600), 0);
  EXPECT_THAT(ReadImage("pipe.jpg").status().message(), HasSubstr("pipe.jpg: is a named pipe"));
}

// The same decoder, the same pixels, the same complaints, whatever the address looks like.
TEST_F(SourceTest, PicturesByAddressAreReadAsFilesAre) {
  const std::string turned = WriteJpeg({.colors = JpegSpec::Colors::kCmyk, .exif = ExifBlock(6)}, 60, 40,
                                       [](int x, int y, int c) { return (x * 3 + y * 2 + c * 20) % 256 / 255.0; });
  for (const std::string& body : {turned, turned.substr(0, turned.size() / 2), EncodePng(Numbered(3)).value()}) {
    WriteBytes("file.jpg", body);
    const std::vector<Frame> file = All(*Open({"file.jpg"}));
    const zoo::HttpServerForTests server(body);
    for (const char* path : {"snapshot.jpg?size=large", "cgi-bin/picture"}) {
      const std::string url = server.address() + "/" + path;
      const std::vector<Frame> frames = All(*Open({url}));
      ASSERT_EQ(frames.size(), 1u);
      ASSERT_EQ(file.size(), 1u);
      EXPECT_EQ(frames[0].image, file[0].image);
      if (file[0].error.empty()) {
        EXPECT_EQ(frames[0].error, "");
        EXPECT_EQ(frames[0].kind, InputKind::kPicture);
      } else {
        EXPECT_EQ(frames[0].error, url + file[0].error.substr(std::string("file.jpg").size()));
      }
    }
  }
}

TEST_F(SourceTest, VideosByAddress) {
  WriteNumberedVideo("v.mp4", 4);
  const zoo::HttpServerForTests server(ReadBytes("v.mp4"));
  const std::string url = server.address() + "/film";
  EXPECT_THAT(Told({url}), ElementsAre(url + " 0: 0", url + " 1: 1", url + " 2: 2", url + " 3: 3"));
}

TEST_F(SourceTest, PicturesAreTurnedAndMirrored) {
  Image image = Numbered(0, 5, 3);
  image.pixels[0] = 255;
  ASSERT_TRUE(WriteImage("a.png", image).ok());
  for (const int rotate : {0, 90, 180, 270}) {
    for (const bool flip : {false, true}) {
      const std::vector<Frame> frames = All(*Open({"a.png"}, {.orientation = {rotate, flip}}));
      ASSERT_EQ(frames.size(), 1u);
      EXPECT_EQ(frames[0].image, Oriented(image, {rotate, flip}));
    }
  }
}

TEST_F(SourceTest, PicturesOfEverySort) {
  const cv::Scalar blue_green_red(40, 120, 200);
  const auto write = [&](const char* name, int type, double scale) {
    ASSERT_TRUE(cv::imwrite(name, cv::Mat(4, 6, type, blue_green_red * scale))) << name;
  };
  write("color.png", CV_8UC3, 1);
  write("alpha.png", CV_8UC4, 1);
  write("deep.png", CV_16UC3, 257);
  write("deep.tiff", CV_16UC3, 257);
  write("grey.png", CV_8UC1, 1);
  write("grey.jpg", CV_8UC1, 1);
  write("deepgrey.png", CV_16UC1, 257);
  write("a.bmp", CV_8UC3, 1);
  write("a.ppm", CV_8UC3, 1);
  constexpr double kInks[] = {200, 120, 40, 255};  // inverted: red 200, green 120, blue 40, no black
  WriteBytes("cmyk.jpg", WriteJpeg({.colors = JpegSpec::Colors::kCmyk, .quality = 100}, 6, 4,
                                   [&](int, int, int c) { return kInks[c] / 255; }));
  for (const char* name : {"color.png", "alpha.png", "deep.png", "deep.tiff", "a.bmp", "a.ppm", "cmyk.jpg"}) {
    const std::vector<Frame> frames = All(*Open({name}));
    ASSERT_EQ(frames.size(), 1u) << name;
    ASSERT_EQ(frames[0].error, "") << name;
    EXPECT_EQ(frames[0].image.width, 6) << name;
    EXPECT_NEAR(frames[0].image.pixels[0], 40, 3) << name;
    EXPECT_NEAR(frames[0].image.pixels[1], 120, 3) << name;
    EXPECT_NEAR(frames[0].image.pixels[2], 200, 3) << name;
  }
  for (const char* name : {"grey.png", "grey.jpg", "deepgrey.png"}) {
    const std::vector<Frame> frames = All(*Open({name}));
    ASSERT_EQ(frames.size(), 1u) << name;
    ASSERT_EQ(frames[0].error, "") << name;
    for (int channel = 0; channel < 3; ++channel) EXPECT_NEAR(frames[0].image.pixels[channel], 40, 2) << name;
  }
}

// EXIF's eight orientations (CIPA DC-008, tag 274) of a picture whose top left corner is bright.
TEST_F(SourceTest, PicturesComeUprightByTheirExif) {
  Image image = Numbered(0, 64, 32);
  for (int y = 0; y < 8; ++y) std::fill_n(image.pixels.begin() + 3 * 64 * y, 3 * 16, uint8_t{250});
  const std::string jpeg = EncodeJpeg(image).value();
  const Orientation upright[] = {{0, false}, {0, true},   {180, false}, {180, true},
                                 {90, true}, {90, false}, {270, true},  {270, false}};
  for (int tag = 1; tag <= 8; ++tag) {
    std::string exif(
        "\xff\xe1\0\x22"
        "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0",
        36);
    exif[29] = static_cast<char>(tag);
    std::string tagged = jpeg;
    tagged.insert(2, exif);
    WriteBytes("exif.jpg", tagged);
    const std::vector<Frame> frames = All(*Open({"exif.jpg"}));
    ASSERT_EQ(frames.size(), 1u);
    ASSERT_EQ(frames[0].error, "");
    EXPECT_EQ(frames[0].image,
              Oriented(DecodeImage({reinterpret_cast<const uint8_t*>(jpeg.data()), jpeg.size()}, "plain").value(),
                       upright[tag - 1]))
        << "orientation " << tag;
  }
}

TEST_F(SourceTest, TheSmallestPictures) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1000, 1}, {1, 1000}}) {
    for (const char* name : {"a.png", "a.jpg"}) {
      ASSERT_TRUE(WriteImage(name, Numbered(5, width, height)).ok());
      const std::vector<Frame> frames = All(*Open({name}, {.orientation = {90, true}}));
      ASSERT_EQ(frames.size(), 1u);
      EXPECT_EQ(frames[0].error, "") << name;
      EXPECT_EQ(frames[0].image, Numbered(5, height, width)) << name;
    }
  }
}

TEST_F(SourceTest, TheLargestPicturesAreRefused) {
  // Files that claim 20000x20000 pixels: in the frame header of a JPEG (ITU-T T.81, B.2.2), in the IHDR of a PNG.
  std::string jpeg = NumberedJpeg(0), png = EncodePng(Numbered(0)).value();
  jpeg.replace(jpeg.find("\xff\xc0") + 5, 4, "\x4e\x20\x4e\x20");
  png.replace(16, 8, std::string("\0\0\x4e\x20\0\0\x4e\x20", 8));
  WriteBytes("a.jpg", jpeg);
  WriteBytes("b.png", png);
  WriteBytes("c.ppm", "P6 20000 20000 255\n");
  EXPECT_THAT(Told({"a.jpg", "b.png", "c.ppm"}),
              ElementsAre("a.jpg 0: ! a.jpg: a picture of 20000x20000 pixels, the limit is 100000000 (--max-pixels)",
                          "b.png 0: ! b.png: a picture of 20000x20000 pixels, the limit is 100000000 (--max-pixels)",
                          "c.ppm 0: ! c.ppm: a picture of 20000x20000 pixels, the limit is 100000000 (--max-pixels)"));
  WriteBytes("d.jpg", NumberedJpeg(0));
  WriteNumberedVideo("e.mp4", 1);
  EXPECT_THAT(Told({"d.jpg", "e.mp4"}, {.limits = {100}}),
              ElementsAre("d.jpg 0: ! d.jpg: a picture of 64x48 pixels, the limit is 100 (--max-pixels)",
                          "e.mp4 0: ! e.mp4: a picture of 64x48 pixels, the limit is 100 (--max-pixels)"));
}

TEST_F(SourceTest, StopsBetweenFrames) {
  WriteNumberedVideo("v.mp4", 5);
  std::atomic<bool> stop = false;
  const auto source = Open({"v.mp4", "v.mp4"}, {.stop = [&] { return stop.load(); }});
  Frame frame;
  EXPECT_TRUE(source->Next(&frame).value());
  stop = true;
  EXPECT_FALSE(source->Next(&frame).value());
  EXPECT_FALSE(Open({"v.mp4"}, {.stop = [] { return true; }})->Next(&frame).value());
}

TEST(SourceOptionsTest, NonsenseIsRefused) {
  const auto error = [](const SourceOptions& options) { return OpenInputs({}, options).status().message(); };
  EXPECT_EQ(error({}), "");
  EXPECT_THAT(error({.frames = {.step = 0}}), HasSubstr("step 0"));
  EXPECT_THAT(error({.orientation = {45, false}}), HasSubstr("not by 45"));
  EXPECT_THAT(error({.limits = {0}}), HasSubstr("limit of 0 pixels"));
  EXPECT_THAT(error({.live = {.reconnect_attempts = -1}}), HasSubstr("-1 times"));
  EXPECT_THAT(error({.live = {.first_wait_seconds = 2, .max_wait_seconds = 1}}), HasSubstr("from 2 to 1 seconds"));
  EXPECT_THAT(error({.live = {.first_wait_seconds = std::numeric_limits<double>::quiet_NaN()}}), HasSubstr("seconds"));
  EXPECT_THAT(error({.live = {.timeout_seconds = -1}}), HasSubstr("-1 seconds"));
}

}  // namespace
}  // namespace sinew::media
