// The strokes, on a grid of 6 by 11 units.
#include "media/stroke_font.h"

#include <algorithm>
#include <array>

namespace sinew::media {
namespace {

constexpr char32_t kFirst = U'!', kLast = U'~';

constexpr std::array<std::string_view, kLast - kFirst + 1> kGlyphs = {
    "0k0f 0c0d",                         // !
    "0k0i 2k2i",                         // "
    "1c2k 4c5k 0f6f 0h6h",               // #
    "0d1c4c5d5f4g1g0h0j1k4k5j 3b3l",     // $
    "0c6k 0j1k2j1i0j 4d5e6d5c4d",        // %
    "5c1i1j2k3j3i0e0d1c3c5f",            // &
    "0k0i",                              // '
    "2l0i0d2a",                          // (
    "0l2i2d0a",                          // )
    "0e4i 4e0i 2d2j",                    // *
    "0f4f 2d2h",                         // +
    "1d1c0b",                            // ,
    "0f4f",                              // -
    "0c0d",                              // .
    "0b4k",                              // /
    "1c0d0j1k3k4j4d3c1c",                // 0
    "0i2k2c 0c4c",                       // 1
    "0j1k4k5j5h0c5c",                    // 2
    "0j1k4k5j5h4g2g 4g5f5d4c1c0d",       // 3
    "4c4k0f5f",                          // 4
    "5k0k0g4g5f5d4c1c0d",                // 5
    "5j4k1k0j0d1c4c5d5f4g0g",            // 6
    "0k5k1c",                            // 7
    "1g0h0j1k4k5j5h4g1g0f0d1c4c5d5f4g",  // 8
    "0d1c4c5d5j4k1k0j0h1g5g",            // 9
    "0c0d 0g0h",                         // :
    "1g1h 1d1c0b",                       // ;
    "4i0f4c",                            // <
    "0e4e 0g4g",                         // =
    "0i4f0c",                            // >
    "0j1k4k5j5h3g3f 3c3d",               // ?
    "6d5c1c0d0j1k5k6j6f5e4f4i2i2f4f",    // @
    "0c3k6c 1f5f",                       // A
    "0c0k4k5j5h4g0g 4g5f5d4c0c",         // B
    "5d4c1c0d0j1k4k5j",                  // C
    "0c0k3k5i5e3c0c",                    // D
    "5c0c0k5k 0g4g",                     // E
    "0c0k5k 0g4g",                       // F
    "5j4k1k0j0d1c4c5d5g3g",              // G
    "0c0k 5c5k 0g5g",                    // H
    "0c2c 1c1k 0k2k",                    // I
    "0d1c3c4d4k",                        // J
    "0c0k 5k0f 2h5c",                    // K
    "0k0c5c",                            // L
    "0c0k3f6k6c",                        // M
    "0c0k5c5k",                          // N
    "1c0d0j1k4k5j5d4c1c",                // O
    "0c0k4k5j5g4f0f",                    // P
    "1c0d0j1k4k5j5d4c1c 3e5b",           // Q
    "0c0k4k5j5h4g0g 3g5c",               // R
    "0d1c4c5d5f4g1g0h0j1k4k5j",          // S
    "0k6k 3k3c",                         // T
    "0k0d1c4c5d5k",                      // U
    "0k3c6k",                            // V
    "0k1c3i5c6k",                        // W
    "0c5k 0k5c",                         // X
    "0k3g6k 3g3c",                       // Y
    "0k5k0c5c",                          // Z
    "2l0l0a2a",                          // [
    "0k4b",                              // backslash
    "0l2l2a0a",                          // ]
    "0i2k4i",                            // ^
    "0b5b",                              // _
    "0k1i",                              // `
    "4h4c 4g3h1h0g0d1c3c4d",             // a
    "0k0c 0d1c3c4d4g3h1h0g",             // b
    "4g3h1h0g0d1c3c4d",                  // c
    "4k4c 4d3c1c0d0g1h3h4g",             // d
    "0e4e4g3h1h0g0d1c3c4d",              // e
    "3k2k1j1c 0h3h",                     // f
    "4h4b3a1a0b 4d3c1c0d0g1h3h4g",       // g
    "0c0k 0g1h3h4g4c",                   // h
    "0c0h 0j0k",                         // i
    "2h2b1a0a 2j2k",                     // j
    "0c0k 4h0e 1f4c",                    // k
    "0k0d1c",                            // l
    "0c0h 0g1h2h3g3c 3g4h5h6g6c",        // m
    "0c0h 0g1h3h4g4c",                   // n
    "1c0d0g1h3h4g4d3c1c",                // o
    "0a0h 0g1h3h4g4d3c1c0d",             // p
    "4a4h 4g3h1h0g0d1c3c4d",             // q
    "0c0h 0f2h3h",                       // r
    "0d1c3c4d3e1f0g1h3h4g",              // s
    "1k1d2c3c 0h3h",                     // t
    "0h0d1c3c4d 4h4c",                   // u
    "0h2c4h",                            // v
    "0h1c3g5c6h",                        // w
    "0c4h 0h4c",                         // x
    "0h2c 4h1a0a",                       // y
    "0h4h0c4c",                          // z
    "3l2l1k1g0f1e1b2a3a",                // {
    "0l0a",                              // |
    "0l1l2k2g3f2e2b1a0a",                // }
    "0f1g2g3f4f5g",                      // ~
};

constexpr int kGap = 2, kSpace = 4;

}  // namespace

std::string_view GlyphStrokes(char32_t character) {
  if (character == U' ') return "";
  return kGlyphs[(character >= kFirst && character <= kLast ? character : U'?') - kFirst];
}

int StrokeAdvance(char32_t character) {
  const std::string_view strokes = GlyphStrokes(character);
  if (strokes.empty()) return kSpace;
  int right = 0;
  for (size_t i = 0; i < strokes.size(); i += strokes[i] == ' ' ? 1 : 2) right = std::max(right, StrokeX(strokes[i]));
  return right + kGap;
}

}  // namespace sinew::media
