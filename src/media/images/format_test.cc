// Signatures: of real files, and what only looks like one.
#include "media/images/format.h"

#include <gtest/gtest.h>

#include <string>

#include "media/images/picture_files_test_util.h"

namespace sinew::media {
namespace {

std::optional<PictureFormat> Sniff(std::string_view head) {
  return SniffPicture({reinterpret_cast<const uint8_t*>(head.data()), head.size()});
}

TEST(FormatTest, EveryFileIsKnownByItsBeginning) {
  for (const auto& [name, bytes] : SmallPictures()) {
    const auto format = Sniff(std::string_view(bytes).substr(0, kSniffBytes));
    ASSERT_TRUE(format) << name;
    const std::string suffix = name.substr(name.rfind('.') + 1);
    const std::string expected = suffix == "jpg"                        ? "JPEG"
                                 : suffix == "png"                      ? "PNG"
                                 : suffix == "tiff"                     ? "TIFF"
                                 : suffix == "bmp"                      ? "BMP"
                                 : suffix == "pnm"                      ? "PNM"
                                 : suffix == "exr"                      ? "OpenEXR"
                                 : suffix == "ras"                      ? "Sun raster"
                                 : suffix == "heic" || suffix == "avif" ? "HEIF"
                                                                        : "WebP";
    EXPECT_EQ(FormatName(*format), expected) << name;
  }
}

TEST(FormatTest, WhatOnlyLooksLikeAPicture) {
  using namespace std::string_view_literals;
  for (const std::string_view head :
       {""sv, "B"sv, "BMW is a car and no picture"sv, "P4ss word"sv, "P6x"sv, "II"sv, "RIFF\x10\0\0\0AVI LIST"sv,
        "RIFF\x10\0\0\0WAVEfmt "sv, "GIF89a"sv, "\0\0\0\x18"sv,
        "\0\0\0\x18"
        "ftypmp42"sv,
        "\0\0\0\x18"
        "ftypavis"sv,
        "xxxxxxxxWEBP"sv, "xxxxxxxxCR"sv, "\xff\xd8"sv}) {
    EXPECT_EQ(Sniff(head), std::nullopt) << head;
  }
}

}  // namespace
}  // namespace sinew::media
