// Sizes in headers: what OpenCV's encoders write, and headers that are cut short or lie.
#include "media/images/picture_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <random>
#include <string>
#include <vector>

#include "media/images/image.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

std::vector<uint8_t> Encoded(const char* extension, int width, int height, const std::vector<int>& parameters = {},
                             int type = CV_8UC3) {
  std::vector<uint8_t> bytes;
  EXPECT_TRUE(cv::imencode(extension, cv::Mat(height, width, type, cv::Scalar::all(90)), bytes, parameters))
      << extension;
  return bytes;
}

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(PictureHeaderTest, SizesOfEveryFormat) {
  for (const char* extension : {".bmp", ".tiff", ".webp", ".ppm", ".pam", ".jp2"}) {
    if (!cv::haveImageWriter(extension)) continue;
    EXPECT_EQ(SizeInHeader(Encoded(extension, 301, 64)), (ClaimedSize{301, 64})) << extension;
  }
  EXPECT_EQ(SizeInHeader(Encoded(".webp", 301, 64, {cv::IMWRITE_WEBP_QUALITY, 101})), (ClaimedSize{301, 64}))
      << "lossless";
  EXPECT_EQ(SizeInHeader(Encoded(".webp", 301, 64, {}, CV_8UC4)), (ClaimedSize{301, 64})) << "with alpha";
  EXPECT_EQ(SizeInHeader(Encoded(".pgm", 301, 64, {cv::IMWRITE_PXM_BINARY, 0}, CV_8UC1)), (ClaimedSize{301, 64}))
      << "as text";
  EXPECT_EQ(SizeInHeader(Bytes("P5 # a comment\n# another\n 12\n34 255\n")), (ClaimedSize{12, 34}));
  EXPECT_EQ(SizeInHeader(Bytes(std::string(
                "MM\0*\0\0\0\x08\0\x02\x01\0\0\x04\0\0\0\x01\0\0\0\x0c\x01\x01\0\x03\0\0\0\x01\0\x22\0\0", 34))),
            (ClaimedSize{12, 34}));
  for (const char* extension : {".png", ".jpg"})
    EXPECT_EQ(SizeInHeader(Encoded(extension, 301, 64)), std::nullopt) << "has its own reader";
}

TEST(PictureHeaderTest, AnyPrefixAndAnyNoise) {
  std::mt19937 random(1);
  for (const char* extension : {".bmp", ".tiff", ".webp", ".ppm", ".pam", ".jp2"}) {
    if (!cv::haveImageWriter(extension)) continue;
    const std::vector<uint8_t> whole = Encoded(extension, 301, 64);
    for (size_t size = 0; size < std::min<size_t>(whole.size(), 300); ++size) {
      const std::vector<uint8_t> prefix(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      const auto claimed = SizeInHeader(prefix);
      if (claimed && claimed->width == 301) {
        EXPECT_LE(claimed->height, 64);  // text may be cut in a number
      }
    }
    for (int round = 0; round < 1000; ++round) {
      std::vector<uint8_t> noisy = whole;
      for (int i = 0; i < 3; ++i) noisy[random() % std::min<size_t>(noisy.size(), 60)] = static_cast<uint8_t>(random());
      (void)SizeInHeader(noisy);
    }
  }
}

TEST(PictureHeaderTest, EnormousClaimsAreRefusedBeforeDecoding) {
  // No pixels follow: decoding would find a truncated file, not a large picture.
  std::vector<uint8_t> bmp = Encoded(".bmp", 8, 8);
  for (const size_t i : {18, 22}) bmp[i] = 0x20, bmp[i + 1] = 0x4e;  // 20000
  bmp.resize(60);
  EXPECT_THAT(DecodeImage(bmp, "a.bmp").status().message(),
              HasSubstr("a.bmp: a picture of 20000x20000 pixels, the limit is 100000000 (--max-pixels)"));
  EXPECT_THAT(DecodeImage(Bytes("P6 20000 20000 255\n"), "a.ppm").status().message(),
              HasSubstr("a.ppm: a picture of 20000x20000 pixels"));
  EXPECT_THAT(DecodeImage(Bytes("P6 0 20000 255\n"), "a.ppm").status().message(),
              HasSubstr("a.ppm: a picture of 0x20000 pixels"));
}

}  // namespace
}  // namespace sinew::media
