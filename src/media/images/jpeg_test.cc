// What is damage in a JPEG and what is not, whatever its colours and its orientation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "media/images/codec.h"
#include "media/images/exif.h"
#include "media/images/opencv_test_util.h"
#include "media/images/picture_files_test_util.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;
using Colors = JpegSpec::Colors;

constexpr int kWidth = 120, kHeight = 80;

// Detail everywhere, so that a cut anywhere is within the data of some rows.
double Busy(int x, int y, int c) { return (128 + 90 * std::sin(0.3 * x + c) * std::cos(0.2 * y * (c + 1))) / 255; }

std::string Jpeg(const JpegSpec& spec = {}) { return WriteJpeg(spec, kWidth, kHeight, Busy); }

Image Decoded(const std::string& jpeg) {
  Result<Image> image = DecodeImage(AsBytes(jpeg), "a.jpg");
  EXPECT_TRUE(image.ok()) << image.status().message();
  return image.ok() ? std::move(*image) : Image();
}

// Every kind that a camera or an editor writes.
std::vector<std::pair<std::string, JpegSpec>> Kinds() {
  return {{"plain", {}},
          {"turned", {.exif = ExifBlock(6)}},
          {"grey", {.colors = Colors::kGrey}},
          {"RGB", {.colors = Colors::kRgb}},
          {"CMYK", {.colors = Colors::kCmyk}},
          {"YCCK", {.colors = Colors::kYcck}},
          {"CMYK, turned", {.colors = Colors::kCmyk, .exif = ExifBlock(8)}},
          {"restarts", {.restart_rows = 1}},
          {"progressive", {.progressive = true}},
          {"progressive, turned", {.progressive = true, .exif = ExifBlock(3)}}};
}

TEST(JpegTest, AMissingEndMarkerIsHarmless) {
  for (const auto& [name, spec] : Kinds()) {
    const std::string whole = Jpeg(spec), cut = whole.substr(0, whole.size() - 2);
    EXPECT_EQ(Decoded(cut), Decoded(whole)) << name;
  }
}

TEST(JpegTest, StrayBytesBeforeTheEndMarkerAreHarmless) {
  for (const auto& [name, spec] : Kinds()) {
    const std::string whole = Jpeg(spec);
    std::string padded = whole;
    padded.insert(padded.size() - 2, std::string("\1\2\3\0", 4));
    EXPECT_EQ(Decoded(padded), Decoded(whole)) << name;
    EXPECT_EQ(Decoded(whole + std::string(1000, 'x')), Decoded(whole)) << name << ", something behind it";
  }
}

TEST(JpegTest, EveryCutIsFound) {
  for (const auto& [name, spec] : Kinds()) {
    const std::string whole = Jpeg(spec);
    for (const double share : {0.3, 0.5, 0.7, 0.9, 0.97}) {
      const auto size = static_cast<size_t>(static_cast<double>(whole.size()) * share);
      for (const char* end : {"", "\xff\xd9"}) {
        EXPECT_THAT(ErrorMessage(AsBytes(whole.substr(0, size) + end)), HasSubstr("a.jpg: damaged JPEG"))
            << name << " at " << share << (*end == 0 ? "" : ", with an end marker");
      }
    }
  }
}

TEST(JpegTest, TheMessageTellsHowMuchIsWhole) {
  const std::string whole = Jpeg();
  EXPECT_THAT(ErrorMessage(AsBytes(whole.substr(0, whole.size() * 2 / 3))),
              ::testing::MatchesRegex("a.jpg: damaged JPEG, (3|4|5)[0-9] of 80 rows are whole: .*premature end.*"));
  const std::string progressive = Jpeg({.progressive = true});
  EXPECT_THAT(ErrorMessage(AsBytes(progressive.substr(0, progressive.size() / 3))),
              HasSubstr("a.jpg: damaged JPEG, in scan "));
}

// Without the last scans, a progressive picture has all its rows, but blurred.
TEST(JpegTest, MissingScansAreDamage) {
  const std::string whole = Jpeg({.progressive = true});
  std::vector<size_t> scans;
  for (size_t i = whole.find("\xff\xda"); i != std::string::npos; i = whole.find("\xff\xda", i + 2)) scans.push_back(i);
  ASSERT_GT(scans.size(), 5u);
  // A scan may have Huffman tables before it: cut there, where nothing else is missing.
  size_t cut = scans.back();
  while (whole.compare(cut - 2, 1, "\xff") != 0 || static_cast<uint8_t>(whole[cut - 1]) == 0) --cut;
  const size_t tables = whole.rfind("\xff\xc4", scans.back());
  if (tables != std::string::npos && tables > scans[scans.size() - 2]) cut = tables;
  EXPECT_THAT(ErrorMessage(AsBytes(whole.substr(0, cut))), HasSubstr("scans are missing"));
}

// Zeros or noise in the middle, as bad disks and broken transfers leave them: found where the code words show it. How
// many of the cases do is a property of the code, not of the decoder; what was changed only slightly may decode.
TEST(JpegTest, DamagedDataIsFoundAlmostAlways) {
  std::mt19937 random(5);
  int found = 0, all = 0;
  for (auto [name, spec] : Kinds()) {
    spec.quality = 80;
    const std::string whole = Jpeg(spec);
    const size_t data = whole.find("\xff\xda") + 20;
    for (int round = 0; round < 40; ++round, ++all) {
      std::string damaged = whole;
      const size_t at = data + random() % (whole.size() - data - 300);
      for (size_t i = at; i < at + 256; ++i) damaged[i] = round % 2 == 0 ? '\0' : static_cast<char>(random());
      const Result<Image> image = DecodeImage(AsBytes(damaged), "a.jpg");
      found += image.ok() ? 0 : 1;
    }
  }
  EXPECT_GT(found, all * 9 / 10) << "of " << all;
}

TEST(JpegTest, CmykIsWhatLightPassesThroughTheInks) {
  for (const Colors colors : {Colors::kCmyk, Colors::kYcck}) {
    for (const bool adobe : {true, false}) {
      if (colors == Colors::kYcck && !adobe) continue;  // only its marker tells YCCK
      const auto light = [](int, int, int c) { return c == 3 ? 200 / 255.0 : (80 + 60 * c) / 255.0; };
      const auto ink = [&](int x, int y, int c) { return adobe ? light(x, y, c) : 1 - light(x, y, c); };
      const Image image = Decoded(WriteJpeg({.colors = colors, .adobe_marker = adobe}, 16, 16, ink));
      ASSERT_EQ(image.width, 16);
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(image.pixels[static_cast<size_t>(2 - c)], (80 + 60 * c) * 200 / 255, 3);
    }
  }
}

TEST(JpegTest, AllColorsEqualOpenCv) {
  for (const auto& [name, spec] : Kinds()) {
    const std::string jpeg = Jpeg(spec);
    const std::vector<uint8_t> bytes(jpeg.begin(), jpeg.end());
    const cv::Mat expected = cv::imdecode(bytes, cv::IMREAD_COLOR);
    SCOPED_TRACE(name);
    ExpectNear(Decoded(jpeg), FromMat(expected), jpeg.find("Adobe") == std::string::npos ? 0 : 2);
  }
}

TEST(JpegTest, EveryOrientation) {
  const Image upright = Decoded(Jpeg());
  for (const bool little : {false, true}) {
    for (int value = 0; value <= 9; ++value) {
      const Image turned = Decoded(Jpeg({.exif = ExifBlock(value, little)}));
      EXPECT_EQ(turned, Oriented(upright, UprightFromExif(value))) << value;
    }
  }
  // The top left pixel of what is stored: where the camera was turned clockwise, it belongs to the upper right.
  EXPECT_EQ(UprightFromExif(6), (Orientation{90, false}));
  EXPECT_EQ(UprightFromExif(5), (Orientation{90, true}));
}

TEST(JpegTest, DamagedExifIsIgnored) {
  const Image plain = Decoded(Jpeg());
  const std::string block = ExifBlock(6);
  for (size_t size = 0; size < block.size() - 5; ++size) {
    std::string jpeg = Jpeg({.exif = "Exif" + std::string(1, '\0') + block.substr(0, size)});
    (void)Decoded(jpeg);
  }
  std::string far = block;
  far.replace(10, 4, "\x7f\xff\xff\xff");
  EXPECT_EQ(Decoded(Jpeg({.exif = far})), plain);
}

// Each scan of a progressive picture costs a pass over all coefficients: few bytes could cost hours.
TEST(JpegTest, EndlessScansAreRefused) {
  const std::string whole = Jpeg({.progressive = true});
  const size_t scan = whole.rfind("\xff\xda"), end = whole.size() - 2;
  std::string many = whole.substr(0, end);
  for (int i = 0; i < 500; ++i) many += whole.substr(scan, end - scan);
  EXPECT_THAT(ErrorMessage(AsBytes(many + "\xff\xd9")), HasSubstr("damaged JPEG"));
}

// Its decoder takes any bytes, missing ones as well: what is whole could not be told.
TEST(JpegTest, ArithmeticCodingIsRefused) {
  EXPECT_THAT(ErrorMessage(AsBytes(Jpeg({.arithmetic = true}))),
              HasSubstr("a.jpg: a JPEG with arithmetic coding, in which damage would not show: convert it"));
}

TEST(JpegTest, LimitsHoldForEveryKind) {
  for (const auto& [name, spec] : Kinds())
    EXPECT_THAT(ErrorMessage(AsBytes(Jpeg(spec)), {.max_pixels = 1000}), HasSubstr("the limit is 1000")) << name;
}

}  // namespace
}  // namespace sinew::media
