// A plain font of ASCII, drawn in strokes: for machines on which no font file is found.
#pragma once

#include <string_view>

namespace sinew::media {

// Capital letters are so many units high.
inline constexpr int kStrokeCapHeight = 8;
// How far characters reach below and above the base line.
inline constexpr int kStrokeBottom = -2, kStrokeTop = 9;

// The strokes of a character: two bytes a point, x as a digit, y as a letter (StrokeY), strokes separated by spaces.
// Empty for the space; those of '?' for anything outside ASCII's printable characters.
std::string_view GlyphStrokes(char32_t character);

inline int StrokeX(char c) { return c - '0'; }
// 'c' is the base line, 'k' the height of capital letters, 'a' as low as it goes.
inline int StrokeY(char c) { return c - 'c'; }

// From the beginning of a character to that of the next one, in units.
int StrokeAdvance(char32_t character);

}  // namespace sinew::media
