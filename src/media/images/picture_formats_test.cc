// Every format that is read, for right values: what was written comes out, in the right order of colours, at the right
// depth, without alpha; and what would not come out right is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "media/images/codec.h"
#include "media/images/exif.h"
#include "media/images/opencv_test_util.h"
#include "media/images/picture_files_test_util.h"
#include "media/images/picture_module.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 21, kHeight = 13;

// Of 8 bits: exactly representable, every channel different.
double Colors(int x, int y, int c) { return ((x * 11 + y * 17 + c * 71) % 256) / 255.0; }
double Entry(int x, int y, int) { return (x + 2 * y) % 2; }

// What `sample` is on 8 bits; one channel is grey.
Image Expected(const SampleFunction& sample, int channels = 3, int width = kWidth, int height = kHeight) {
  Image image = Image::OfSize(width, height);
  uint8_t* to = image.pixels.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 2; c >= 0; --c) *to++ = static_cast<uint8_t>(std::lround(255 * sample(x, y, channels < 3 ? 0 : c)));
    }
  }
  return image;
}

// Entries 0 and 1 of the palettes that the writers make.
Image ExpectedOfPalette() {
  return Expected([](int x, int y, int c) {
    const double i = Entry(x, y, 0);
    return (c == 0 ? i : c == 1 ? 255 - i : 3 * i) / 255;
  });
}

void ExpectDecodes(const std::string& bytes, const Image& expected, int tolerance = 0) {
  const Result<Image> image = DecodeImage(AsBytes(bytes), "a");
  ASSERT_TRUE(image.ok()) << image.status().message();
  ExpectNear(*image, expected, tolerance);
}

TEST(PictureFormatsTest, PngOfEveryKind) {
  struct Case {
    int bits, color_type, channels;
  };
  for (const auto& [bits, color_type, channels] :
       {Case{8, 2, 3}, {16, 2, 3}, {8, 6, 3}, {16, 6, 3}, {8, 0, 1}, {16, 0, 1}, {8, 4, 1}, {16, 4, 1}}) {
    for (const bool interlaced : {false, true}) {
      SCOPED_TRACE(std::to_string(bits) + " bits, color type " + std::to_string(color_type));
      const std::string png =
          WritePng({.bits = bits, .color_type = color_type, .interlaced = interlaced}, kWidth, kHeight, Colors);
      ExpectDecodes(png, Expected(Colors, channels));
    }
  }
  const auto coarse = [](int levels) {
    return [levels](int x, int y, int) { return static_cast<double>((x + y) % levels) / (levels - 1); };
  };
  for (const int bits : {1, 2, 4}) {
    SCOPED_TRACE(bits);
    ExpectDecodes(WritePng({.bits = bits, .color_type = 0}, kWidth, kHeight, coarse(1 << bits)),
                  Expected(coarse(1 << bits), 1));
    ExpectDecodes(WritePng({.bits = bits, .color_type = 3}, kWidth, kHeight, Entry), ExpectedOfPalette());
  }
  ExpectDecodes(WritePng({.color_type = 3, .transparent = true}, kWidth, kHeight, Entry), ExpectedOfPalette());
  ExpectDecodes(WritePng({.color_type = 2, .transparent = true}, kWidth, kHeight, Colors), Expected(Colors));
}

TEST(PictureFormatsTest, SixteenBitsAreScaledNotCut) {
  // 0x00ff of 0xffff is nearer to 1 of 255 than to 0.
  const auto sample = [](int x, int, int c) { return (x * 3001 + c * 255) % 65536 / 65535.0; };
  ExpectDecodes(WritePng({.bits = 16}, kWidth, kHeight, sample), Expected(sample));
  ExpectDecodes(WriteTiff({.bits = 16}, kWidth, kHeight, sample), Expected(sample));
  ExpectDecodes(WritePnm({.max_value = 65535}, kWidth, kHeight, sample), Expected(sample));
}

TEST(PictureFormatsTest, OrientationInOtherFormats) {
  const std::string exif = ExifBlock(6).substr(6);  // PNG has the block without its prefix
  ExpectDecodes(WritePng({.exif = exif}, kWidth, kHeight, Colors), Oriented(Expected(Colors), UprightFromExif(6)));
  for (int value = 1; value <= 8; ++value) {
    SCOPED_TRACE(value);
    ExpectDecodes(WriteTiff({.orientation = value}, kWidth, kHeight, Colors),
                  Oriented(Expected(Colors), UprightFromExif(value)));
    ExpectDecodes(WriteTiff({.channels = 1, .photometric = 3, .orientation = value}, kWidth, kHeight, Entry),
                  Oriented(ExpectedOfPalette(), UprightFromExif(value)));
  }
}

TEST(PictureFormatsTest, DamagedPngs) {
  const std::string png = WritePng({}, kWidth, kHeight, Colors);
  EXPECT_EQ(ErrorMessage(AsBytes(png.substr(0, png.size() - 12))), "decoded") << "only the end chunk is missing";
  EXPECT_THAT(ErrorMessage(AsBytes(png.substr(0, png.size() - 40))), HasSubstr("a.jpg: damaged PNG: "));
  for (size_t i = png.find("IDAT") + 4; i < png.size() - 12; i += 7) {
    std::string damaged = png;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    EXPECT_THAT(ErrorMessage(AsBytes(damaged)), HasSubstr("a.jpg: damaged PNG: ")) << i;
  }
}

TEST(PictureFormatsTest, TiffOfEveryDepth) {
  const auto grey = [](int x, int y, int c) { return c == 1 ? 0.5 : Colors(x, y, 0); };
  for (const int bits : {8, 10, 12, 14, 16, 24, 32}) {
    for (const bool planar : {false, true}) {
      SCOPED_TRACE(std::to_string(bits) + " bits" + (planar ? ", planar" : ""));
      // A value between two of 8 bits may be rounded twice.
      ExpectDecodes(WriteTiff({.bits = bits, .planar = planar}, kWidth, kHeight, Colors), Expected(Colors));
      ExpectDecodes(WriteTiff({.bits = bits, .channels = 4, .planar = planar}, kWidth, kHeight, Colors),
                    Expected(Colors));
      ExpectDecodes(WriteTiff({.bits = bits, .channels = 1, .photometric = 1}, kWidth, kHeight, grey),
                    Expected(grey, 1));
      ExpectDecodes(WriteTiff({.bits = bits, .channels = 2, .photometric = 1, .planar = planar}, kWidth, kHeight, grey),
                    Expected(grey, 1));
    }
  }
  for (const int bits : {1, 2, 4}) {
    const auto coarse = [bits](int x, int y, int) { return ((x + y) % (1 << bits)) / ((1 << bits) - 1.0); };
    const auto inverted = [&](int x, int y, int c) { return 1 - coarse(x, y, c); };
    ExpectDecodes(WriteTiff({.bits = bits, .channels = 1, .photometric = 1}, kWidth, kHeight, coarse),
                  Expected(coarse, 1));
    ExpectDecodes(WriteTiff({.bits = bits, .channels = 1, .photometric = 0}, kWidth, kHeight, inverted),
                  Expected(coarse, 1));
    ExpectDecodes(WriteTiff({.bits = bits, .channels = 1, .photometric = 3}, kWidth, kHeight, Entry),
                  ExpectedOfPalette());
  }
}

TEST(PictureFormatsTest, TiffWithFloats) {
  for (const int bits : {16, 32, 64}) {
    SCOPED_TRACE(bits);
    ExpectDecodes(WriteTiff({.bits = bits, .is_float = true}, kWidth, kHeight, Colors), Expected(Colors));
    ExpectDecodes(WriteTiff({.bits = bits, .channels = 1, .is_float = true, .photometric = 1}, kWidth, kHeight, Colors),
                  Expected(Colors, 1));
    EXPECT_THAT(
        ErrorMessage(AsBytes(WriteTiff({.bits = bits, .is_float = true, .scale = 255}, kWidth, kHeight, Colors))),
        HasSubstr("go beyond 0 (black) to 1 (white): scale them"));
  }
  const auto bad = [](int x, int, int) { return x == 3 ? NAN : 0.5; };
  EXPECT_THAT(ErrorMessage(AsBytes(WriteTiff({.bits = 32, .is_float = true}, kWidth, kHeight, bad))),
              HasSubstr("beyond 0"));
}

TEST(PictureFormatsTest, TiffLaidOutInEveryWay) {
  for (const int compression : {1, 5, 8, 32773}) {
    for (const bool big_endian : {false, true}) {
      for (const int tile : {0, 16}) {
        SCOPED_TRACE(compression);
        ExpectDecodes(
            WriteTiff(
                {.bits = 16, .tile = tile, .compression = compression, .big = big_endian, .big_endian = big_endian},
                kWidth, kHeight, Colors),
            Expected(Colors));
      }
    }
  }
  const auto soft = [](int x, int y, int c) { return (60 + 2 * x + 3 * y + 20 * c) / 255.0; };
  ExpectDecodes(WriteTiff({.photometric = 6, .compression = 7}, 32, 32, soft), Expected(soft, 3, 32, 32), 12);
  const auto inks = [](int, int, int c) { return c == 3 ? 55 / 255.0 : (80 + 60 * c) / 255.0; };
  ExpectDecodes(WriteTiff({.channels = 4, .photometric = 5}, kWidth, kHeight, inks),
                Expected([&](int x, int y, int c) { return (1 - inks(x, y, c)) * (1 - inks(x, y, 3)); }), 2);
}

TEST(PictureFormatsTest, TiffThatIsRefused) {
  const auto message = [](const TiffSpec& spec) {
    return ErrorMessage(AsBytes(WriteTiff(spec, kWidth, kHeight, [](int, int, int) { return 0.5; })));
  };
  EXPECT_THAT(message({.is_signed = true}), HasSubstr("a TIFF with signed samples of 8 bits"));
  EXPECT_THAT(message({.channels = 1, .photometric = 32803}), HasSubstr("camera's raw file"));
  EXPECT_THAT(message({.channels = 1, .photometric = 34892}), HasSubstr("camera's raw file"));
  EXPECT_THAT(message({.bits = 16, .channels = 4, .photometric = 5}),
              HasSubstr("a.jpg: a TIFF of a kind that cannot be read"));
}

TEST(PictureFormatsTest, DamagedTiffs) {
  for (const int compression : {1, 5, 8, 32773}) {
    const std::string tiff = WriteTiff({.compression = compression}, 60, 40, Colors);
    // libtiff writes the directory last: move it to the front of what is kept by damaging the data instead.
    std::string damaged = tiff;
    for (size_t i = 100; i < 400; ++i) damaged[i] = static_cast<char>(i * 37);
    if (compression == 8) {
      EXPECT_THAT(ErrorMessage(AsBytes(damaged)), HasSubstr("a.jpg: damaged TIFF: "));
    }
    EXPECT_THAT(ErrorMessage(AsBytes(tiff.substr(0, tiff.size() / 2))), HasSubstr("a.jpg: damaged TIFF: "));
  }
  EXPECT_THAT(ErrorMessage(AsBytes(WriteTiff({}, 60, 40, Colors)), {.max_pixels = 1000}),
              HasSubstr("the limit is 1000"));
}

TEST(PictureFormatsTest, PnmAndPam) {
  const auto grey = [](int x, int y, int) { return Colors(x, y, 0); };
  const auto ink = [](int x, int y, int) { return (x + y) % 3 == 0 ? 1.0 : 0.0; };
  for (const int digit : {1, 4}) ExpectDecodes(WritePnm({.digit = digit}, kWidth, kHeight, ink), Expected(ink, 1));
  for (const int most : {15, 100, 255, 1000, 65535}) {
    SCOPED_TRACE(most);
    const auto coarse = [&](int x, int y, int c) { return std::round(Colors(x, y, c) * most) / most; };
    const auto coarse_grey = [&](int x, int y, int) { return coarse(x, y, 0); };
    for (const int digit : {3, 6}) {
      ExpectDecodes(WritePnm({.digit = digit, .max_value = most}, kWidth, kHeight, Colors), Expected(coarse), 1);
    }
    for (const int digit : {2, 5}) {
      ExpectDecodes(WritePnm({.digit = digit, .max_value = most}, kWidth, kHeight, grey), Expected(coarse_grey, 1), 1);
    }
  }
  for (const int most : {255, 65535}) {
    SCOPED_TRACE(most);
    ExpectDecodes(WritePnm({7, most, 3, "RGB"}, kWidth, kHeight, Colors), Expected(Colors));
    ExpectDecodes(WritePnm({7, most, 4, "RGB_ALPHA"}, kWidth, kHeight, Colors), Expected(Colors));
    ExpectDecodes(WritePnm({7, most, 1, "GRAYSCALE"}, kWidth, kHeight, grey), Expected(grey, 1));
    ExpectDecodes(WritePnm({7, most, 2, "GRAYSCALE_ALPHA"}, kWidth, kHeight, grey), Expected(grey, 1));
  }
  ExpectDecodes(WritePnm({7, 1, 1, "BLACKANDWHITE"}, kWidth, kHeight, ink), Expected(ink, 1));
}

TEST(PictureFormatsTest, BmpOfEveryKind) {
  for (const BmpKind kind : {BmpKind::kRgb24, BmpKind::kRgb32, BmpKind::kTopDown})
    ExpectDecodes(WriteBmp(kind, kWidth, kHeight, Colors), Expected(Colors));
  for (const BmpKind kind : {BmpKind::kPalette8, BmpKind::kPalette4, BmpKind::kPalette1, BmpKind::kRle8})
    ExpectDecodes(WriteBmp(kind, kWidth, kHeight, Entry), ExpectedOfPalette());
  const auto five = [](int x, int y, int c) { return (x + 3 * y + 5 * c) % 32 / 31.0; };
  ExpectDecodes(WriteBmp(BmpKind::kRgb555, kWidth, kHeight, five), Expected(five));
  const auto six = [](int x, int y, int c) { return c == 1 ? (x + 3 * y) % 64 / 63.0 : (x + 3 * y) % 32 / 31.0; };
  ExpectDecodes(WriteBmp(BmpKind::kRgb565, kWidth, kHeight, six), Expected(six));
}

// Light, up to the white of a screen, by the curve of sRGB.
TEST(PictureFormatsTest, OpenExr) {
  const auto light = [](int x, int y, int c) { return (x + 2 * y + 7 * c) % 80 / 64.0; };
  const auto seen = [&](int x, int y, int c) {
    const double value = std::min(light(x, y, c), 1.0);
    return value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
  };
  for (const bool half : {true, false}) ExpectDecodes(WriteExr(half, kWidth, kHeight, light), Expected(seen), 1);
}

TEST(PictureFormatsTest, SunRaster) {
  for (const bool rgb : {true, false}) ExpectDecodes(WriteSunRaster(rgb, kWidth, kHeight, Colors), Expected(Colors));
}

TEST(PictureFormatsTest, Jpeg2000EqualsOpenCv) {
  if (!cv::haveImageWriter(".jp2")) GTEST_SKIP() << "this OpenCV writes no JPEG 2000";
  for (const int type : {CV_8UC3, CV_8UC1, CV_16UC3}) {
    const cv::Mat sample = Sample(50, 40, type);
    cv::Mat small;
    sample.convertTo(small, CV_8U, CV_MAT_DEPTH(type) == CV_16U ? 1 / 257.0 : 1);
    const std::vector<uint8_t> bytes = Encoded(sample, ".jp2", {cv::IMWRITE_JPEG2000_COMPRESSION_X1000, 1000});
    ExpectDecodes(std::string(bytes.begin(), bytes.end()), FromMat(small), 1);
    EXPECT_THAT(ErrorMessage(std::span(bytes).first(bytes.size() / 2)), HasSubstr("a.jpg: ")) << type;
  }
}

TEST(PictureFormatsTest, WebP) {
  const auto soft = [](int x, int y, int c) { return (60 + 2 * x + 3 * y + 20 * c) / 255.0; };
  const Image image = Expected(soft, 3, 32, 24);
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "sinew_formats_test.webp";
  ASSERT_TRUE(WriteImage(path, image).ok());
  ExpectDecodes(ReadFile(path).value(), image, 12);
  std::filesystem::remove(path);
  const cv::Mat sample = Sample(50, 40, CV_8UC4);
  const std::vector<uint8_t> lossless = Encoded(sample, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101});
  const std::string bytes(lossless.begin(), lossless.end());
  ExpectDecodes(bytes, FromMat(sample));
  EXPECT_THAT(ErrorMessage(AsBytes(bytes.substr(0, bytes.size() / 2))), HasSubstr("a.jpg: damaged WebP"));
  // An EXIF chunk behind the picture, which the extended header announces.
  std::string turned = bytes;
  const std::string exif = ExifBlock(6);
  ASSERT_EQ(turned.substr(12, 4), "VP8L");
  const std::string extended("VP8X\x0a\0\0\0\x08\0\0\0\x31\0\0\x27\0\0", 18);
  turned.insert(12, extended);
  turned += "EXIF" + std::string(1, static_cast<char>(exif.size())) + std::string(3, '\0') + exif;
  const size_t riff = turned.size() - 8;
  for (int i = 0; i < 4; ++i) turned[static_cast<size_t>(4 + i)] = static_cast<char>(riff >> 8 * i);
  ExpectDecodes(turned, Oriented(FromMat(sample), UprightFromExif(6)));
}

TEST(PictureFormatsTest, HeifAndAvif) {
  if (const auto module = LoadHeifModule(); !module.ok()) GTEST_SKIP() << module.status().message();
  const auto soft = [](int x, int y, int c) { return (60 + 2 * x + y + 20 * c) / 255.0; };
  for (const bool avif : {false, true}) {
    SCOPED_TRACE(avif ? "AVIF" : "HEIC");
    const std::string bytes = WriteHeif({.avif = avif}, 64, 48, soft);
    if (bytes.empty()) continue;  // no encoder here
    ExpectDecodes(bytes, Expected(soft, 3, 64, 48), 4);
    EXPECT_THAT(ErrorMessage(AsBytes(bytes.substr(0, bytes.size() - 40))), HasSubstr("a.jpg: "));
    EXPECT_NE(ErrorMessage(AsBytes(bytes.substr(0, bytes.size() - 40))), "decoded");
    EXPECT_THAT(ErrorMessage(AsBytes(bytes), {.max_pixels = 100}), HasSubstr("the limit is 100"));
    const std::string turned = WriteHeif({.avif = avif, .rotate_degrees = 90}, 64, 48, soft);
    ExpectDecodes(turned, Oriented(Expected(soft, 3, 64, 48), {90, false}), 4);
  }
}

TEST(PictureFormatsTest, KnownButNotRead) {
  using namespace std::string_literals;
  const auto message = [](std::string head) { return ErrorMessage(AsBytes(head + std::string(100, '\0'))); };
  EXPECT_THAT(message("\0\0\0\x0cJXL \r\n\x87\n"s), HasSubstr("a.jpg: JPEG XL pictures cannot be read"));
  EXPECT_THAT(message("\xff\x0a"), HasSubstr("JPEG XL"));
  EXPECT_THAT(message("8BPS"), HasSubstr("Photoshop"));
  EXPECT_THAT(message("#?RADIANCE\n"), HasSubstr("Radiance HDR"));
  EXPECT_THAT(message("II*\0\x10\0\0\0CR\2\0"s), HasSubstr("camera raw"));
  EXPECT_THAT(message("\0\0\0\x18"s + "ftypcrx "), HasSubstr("camera raw"));
}

// Cut anywhere and changed anywhere, a picture is read or refused.
TEST(PictureFormatsTest, HostileBytesAreSafe) {
  for (const auto& [name, bytes] : SmallPictures()) {
    SCOPED_TRACE(name);
    const Result<Image> whole = DecodeImage(AsBytes(bytes), name);
    EXPECT_TRUE(whole.ok()) << whole.status().message();
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 40)
      (void)DecodeImage(AsBytes(bytes).first(size), name, {.max_pixels = 1'000'000});
    for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 60) {
      for (const int value : {0, 0x7f, 0xff}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(value);
        (void)DecodeImage(AsBytes(changed), name, {.max_pixels = 1'000'000});
      }
    }
  }
}

}  // namespace
}  // namespace sinew::media
