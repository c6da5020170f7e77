// Text on pictures with FreeType. Part of the module for rarer pictures; see picture_module.h and text.h.
#pragma once

#include <string>
#include <string_view>

#include "media/images/image.h"

namespace sinew::media {

// The font that text is drawn with: the first of DejaVu Sans Bold and Liberation Sans Bold, where Debian puts them,
// that there is; empty for none, and the strokes of stroke_font.h.
std::string FindFont();

// As DrawText in text.h, for heights in its range, with the outlines of the file `font`, or with strokes where that is
// empty or cannot be read. Thread-safe.
Status PaintText(std::string_view text, int x, int y, int cap_height, const std::string& font, Image* image);

}  // namespace sinew::media
