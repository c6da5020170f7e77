// Nothing that a terminal would obey gets through.
#include "base/printable.h"

#include <gtest/gtest.h>

namespace sinew {
namespace {

using namespace std::string_literals;

TEST(PrintableTest, TextStaysAsItIs) {
  for (const char* text : {"", "photo.jpg", "b ü.jpg", "写真.png", "\xf0\x9f\x98\x80", "a\\b", "naïve \"quoted\""}) {
    EXPECT_EQ(Printable(text), text);
    EXPECT_TRUE(IsPrintable(text)) << text;
  }
}

TEST(PrintableTest, ControlCharactersAreVisible) {
  EXPECT_EQ(Printable("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(Printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(Printable("\0\a\b\x7f"s), "\\x00\\x07\\x08\\x7f");
  EXPECT_EQ(Printable("\u009b31m"), "\\x9b31m") << "CSI as one character";
  EXPECT_EQ(PrintableLines("a\nb\x1b"), "a\nb\\x1b");
  for (const char* text : {"\x1b", "\n", "\x7f", "\u0085"}) EXPECT_FALSE(IsPrintable(text));
}

TEST(PrintableTest, TextThatMovesTextIsVisible) {
  EXPECT_EQ(Printable("\u202egpj.exe"), "\\u202egpj.exe");
  EXPECT_EQ(Printable("a\u2028b\u2066c\u200fd"), "a\\u2028b\\u2066c\\u200fd");
  EXPECT_FALSE(IsPrintable("\u202e"));
}

TEST(PrintableTest, BytesThatAreNotTextAreVisible) {
  EXPECT_EQ(Printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(Printable("\x9b[31m"), "\\x9b[31m");
  EXPECT_EQ(Printable("\xc0\x9b"), "\\xc0\\x9b") << "longer than it need be";
  EXPECT_EQ(Printable("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(Printable("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(Printable("ab\xe5\x86"), "ab\\xe5\\x86") << "cut short";
  EXPECT_FALSE(IsPrintable("\xff"));
}

TEST(PrintableTest, WhateverComesInWhatGoesOutIsPrintable) {
  std::string text;
  for (unsigned seed = 1, i = 0; i < 20000; ++i) {
    seed = seed * 1664525 + 1013904223;
    text += static_cast<char>(seed >> 24);
  }
  EXPECT_TRUE(IsPrintable(Printable(text)));
}

}  // namespace
}  // namespace sinew
