// Decoding against OpenCV, encoding, and everything that can be wrong with a picture file.
#include "media/images/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "media/images/codec.h"
#include "media/images/opencv_test_util.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

void ExpectAsOpenCv(const std::vector<uint8_t>& bytes) {
  const cv::Mat expected = cv::imdecode(bytes, cv::IMREAD_COLOR);
  const Result<Image> actual = DecodeImage(bytes, "test");
  ASSERT_TRUE(actual.ok()) << actual.status().message();
  ASSERT_EQ(actual->width, expected.cols);
  ASSERT_EQ(actual->height, expected.rows);
  EXPECT_EQ(std::memcmp(actual->pixels.data(), expected.data, actual->pixels.size()), 0);
}

TEST(ImageTest, JpegEqualsOpenCv) {
  for (const int type : {CV_8UC1, CV_8UC3}) {
    const cv::Mat sample = Sample(67, 45, type);
    ExpectAsOpenCv(Encoded(sample, ".jpg"));
    ExpectAsOpenCv(Encoded(sample, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1, cv::IMWRITE_JPEG_QUALITY, 70}));
  }
}

TEST(ImageTest, PngEqualsOpenCv) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3})
    ExpectAsOpenCv(Encoded(Sample(33, 21, type), ".png"));
}

TEST(ImageTest, OtherFormatsEqualOpenCv) {
  for (const char* extension : {".bmp", ".tiff", ".webp", ".ppm"})
    ExpectAsOpenCv(Encoded(Sample(40, 30, CV_8UC3), extension));
}

TEST(ImageTest, BadFilesGetPreciseErrors) {
  std::vector<uint8_t> jpeg = Encoded(Sample(64, 64, CV_8UC3), ".jpg"), png = Encoded(Sample(64, 64, CV_8UC3), ".png");
  EXPECT_THAT(ErrorMessage({}), HasSubstr("a.jpg: the file is empty"));
  EXPECT_THAT(ErrorMessage(std::span(jpeg).first(jpeg.size() / 2)),
              HasSubstr("a.jpg: damaged JPEG, 14 of 64 rows are whole: Corrupt JPEG data: premature end"));
  EXPECT_THAT(ErrorMessage(std::span(jpeg).first(20)), HasSubstr("a.jpg: damaged JPEG"));
  EXPECT_THAT(ErrorMessage(std::span(png).first(png.size() / 2)), HasSubstr("a.jpg: damaged PNG"));
  EXPECT_THAT(ErrorMessage(std::span(png).first(20)), HasSubstr("a.jpg: truncated PNG"));
  png[png.size() / 2] ^= 0x55;
  EXPECT_THAT(ErrorMessage(png), HasSubstr("a.jpg: damaged PNG"));
  const std::vector<uint8_t> text = {'h', 'e', 'l', 'l', 'o'};
  EXPECT_THAT(ErrorMessage(text), HasSubstr("a.jpg: is not a picture"));
  EXPECT_THAT(ErrorMessage(jpeg, {.max_pixels = 1000}), HasSubstr("64x64 pixels, the limit is 1000"));
}

TEST(ImageTest, EnormousClaimsAreRefusedBeforeAnythingIsAllocated) {
  std::vector<uint8_t> png = Encoded(Sample(8, 8, CV_8UC3), ".png");
  for (const size_t i : {16, 20}) png[i] = 0x7f;
  EXPECT_THAT(ErrorMessage(png), HasSubstr("the limit is"));
}

TEST(ImageTest, MissingFilesAndFolders) {
  EXPECT_EQ(ReadImage("no/such/file.jpg").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(ReadImage(::testing::TempDir()).ok());
}

TEST(ImageTest, WritesWhatItReadsBack) {
  const cv::Mat sample = Sample(50, 40, CV_8UC3);
  Image image = Image::OfSize(50, 40);
  std::memcpy(image.pixels.data(), sample.data, image.pixels.size());
  for (const char* extension : {"png"}) {
    const std::filesystem::path path =
        std::filesystem::path(::testing::TempDir()) / (std::string("sinew_image_test.") + extension);
    ASSERT_TRUE(WriteImage(path, image).ok());
    EXPECT_EQ(ReadImage(path).value(), image) << extension;
    std::filesystem::remove(path);
  }
  const std::string jpeg = EncodeJpeg(image).value();
  const Image back = DecodeImage({reinterpret_cast<const uint8_t*>(jpeg.data()), jpeg.size()}, "test").value();
  double error = 0;
  for (size_t i = 0; i < back.pixels.size(); ++i) error += std::abs(back.pixels[i] - image.pixels[i]);
  EXPECT_LT(error / static_cast<double>(back.pixels.size()), 8);
  EXPECT_THAT(WriteImage("picture", image).message(),
              HasSubstr("picture: pictures are written as .jpg, .png or .webp, not as \"\""));
  EXPECT_THAT(WriteImage("picture.xyz", image).message(),
              HasSubstr("picture.xyz: pictures are written as .jpg, .png or .webp, not as \".xyz\""));
}

}  // namespace
}  // namespace sinew::media
