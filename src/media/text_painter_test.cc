// Letters out of a font file and out of strokes, and what the strokes are made of.
#include "media/text_painter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "media/stroke_font.h"

namespace sinew::media {
namespace {

Image Grey(int width, int height) {
  Image image = Image::OfSize(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{100});
  return image;
}

Image Painted(std::string_view text, const std::string& font, int cap_height = 24) {
  Image image = Grey(60, 50);
  EXPECT_TRUE(PaintText(text, 12, 36, cap_height, font, &image).ok());
  return image;
}

size_t Count(const Image& image, uint8_t value) {
  return static_cast<size_t>(std::count(image.pixels.begin(), image.pixels.end(), value));
}

TEST(TextPainterTest, EveryCharacterLooksDifferent) {
  for (const std::string& font : {std::string(), FindFont()}) {
    std::set<std::vector<uint8_t>> seen;
    for (char c = '!'; c <= '~'; ++c) {
      const Image image = Painted(std::string(1, c), font);
      EXPECT_GT(Count(image, 255), 10u) << c;
      EXPECT_GT(Count(image, 0), 30u) << c << ", the rim";
      seen.insert(image.pixels);
    }
    EXPECT_EQ(seen.size(), size_t{'~' - '!' + 1});
    EXPECT_EQ(Painted(" ", font), Grey(60, 50));
  }
}

TEST(TextPainterTest, CapitalLettersHaveTheirHeight) {
  for (const std::string& font : {std::string(), FindFont()}) {
    for (const int height : {10, 24}) {
      const Image image = Painted("H", font, height);
      int top = 50, bottom = 0;
      for (int y = 0; y < 50; ++y) {
        for (int x = 0; x < 60; ++x) {
          if (image.pixels[3 * static_cast<size_t>(60 * y + x)] < 170) continue;
          top = std::min(top, y), bottom = std::max(bottom, y);
        }
      }
      // Strokes have a width.
      EXPECT_NEAR(bottom + 1 - top, height, 1 + height / 8);
      EXPECT_NEAR(bottom + 1, 36, 1 + height / 16);
    }
  }
}

TEST(TextPainterTest, AnyPlaceIsSafe) {
  constexpr int kMax = std::numeric_limits<int>::max(), kMin = std::numeric_limits<int>::min();
  for (const std::string& font : {std::string(), FindFont()}) {
    for (const auto& [x, y] : {std::pair{kMax, kMax}, {kMin, kMin}, {kMin, 30}, {30, kMax}}) {
      Image image = Grey(60, 50);
      EXPECT_TRUE(PaintText("gW8", x, y, 20, font, &image).ok());
      EXPECT_EQ(image, Grey(60, 50));
      EXPECT_TRUE(PaintText("gW8", x, y, 10'000, font, &image).ok());
    }
  }
}

TEST(TextPainterTest, WhatAFontLacksIsAQuestionMark) {
  EXPECT_EQ(Painted("\xff", ""), Painted("?", ""));
  EXPECT_EQ(Painted("\xc3\xbc", ""), Painted("?", "")) << "strokes have ASCII only";
  EXPECT_EQ(Painted("\x01", ""), Painted("?", ""));
  EXPECT_EQ(Painted("a", "/no/such/font.ttf"), Painted("a", "")) << "strokes where the file cannot be read";
}

TEST(StrokeFontTest, StrokesAreWithinTheGrid) {
  for (char32_t c = U'!'; c <= U'~'; ++c) {
    const std::string_view strokes = GlyphStrokes(c);
    size_t points = 0;
    for (size_t i = 0; i < strokes.size(); ++i) {
      if (strokes[i] == ' ') {
        EXPECT_GE(points, 2u) << "a stroke of one point in " << static_cast<char>(c);
        points = 0;
        continue;
      }
      ASSERT_LT(i + 1, strokes.size());
      EXPECT_TRUE(StrokeX(strokes[i]) >= 0 && StrokeX(strokes[i]) <= 6) << static_cast<char>(c);
      ++i, ++points;
      EXPECT_TRUE(StrokeY(strokes[i]) >= kStrokeBottom && StrokeY(strokes[i]) <= kStrokeTop) << static_cast<char>(c);
    }
    EXPECT_GE(points, 2u);
  }
  EXPECT_EQ(GlyphStrokes(U' '), "");
}

}  // namespace
}  // namespace sinew::media
