// Outlines, from a font or from strokes, are filled twice by FreeType's rasterizer: widened and black, then white. It
// hands out spans within the picture, so that letters of any size take no memory of their own.
#include "media/text_painter.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include FT_STROKER_H

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <type_traits>

#include "base/error.h"
#include "media/stroke_font.h"

namespace sinew::media {
namespace {

// FreeType's coordinates: 64 to the pixel, y upwards.
constexpr FT_Pos kPixel = 64;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using LibraryPtr = std::unique_ptr<std::remove_pointer_t<FT_Library>, Free<FT_Done_FreeType>>;
using FacePtr = std::unique_ptr<std::remove_pointer_t<FT_Face>, Free<FT_Done_Face>>;
using StrokerPtr = std::unique_ptr<std::remove_pointer_t<FT_Stroker>, Free<FT_Stroker_Done>>;

// An outline that FreeType has allocated.
class Outline {
 public:
  Outline(FT_Library library, FT_UInt points, FT_UInt contours) : library_(library) {
    ok_ = FT_Outline_New(library, points, static_cast<FT_Int>(contours), &outline_) == 0;
    if (ok_) outline_.n_points = outline_.n_contours = 0;  // filled by FT_Stroker_Export
  }
  Outline(const Outline&) = delete;
  ~Outline() {
    if (ok_) FT_Outline_Done(library_, &outline_);
  }
  bool ok() const { return ok_; }
  FT_Outline* get() { return &outline_; }

 private:
  FT_Library library_;
  FT_Outline outline_ = {};
  bool ok_ = false;
};

// Characters of UTF-8 text; what is none, and control characters, as '?'.
std::u32string Characters(std::string_view text) {
  std::u32string characters;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    char32_t value = length == 1 ? lead : lead & (0x7f >> length);
    bool whole = length > 0 && i + length <= text.size();
    for (size_t k = 1; whole && k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      whole = (next & 0xc0) == 0x80;
      value = value << 6 | (next & 0x3f);
    }
    const bool control = value < 0x20 || (value >= 0x7f && value < 0xa0);
    characters += whole && !control ? value : U'?';
    i += whole ? length : 1;
  }
  return characters;
}

class Painter {
 public:
  Painter(FT_Library library, FT_Face face, int cap_height, Image* image)
      : library_(library), face_(face), image_(image), cap_height_(cap_height * kPixel) {
    cap_units_ = kStrokeCapHeight;
    if (face_ != nullptr) cap_units_ = Load(U'H') ? CapUnits() : 0;
    if (cap_units_ <= 0) face_ = nullptr, cap_units_ = kStrokeCapHeight;
    FT_Stroker stroker = nullptr;
    if (FT_Stroker_New(library_, &stroker) == 0) stroker_.reset(stroker);
  }

  Status Paint(const std::u32string& text, FT_Pos x, FT_Pos y) {
    if (!stroker_) return TooLarge("text: out of memory");
    const FT_Pos rim = std::max(kPixel, cap_height_ / 8);
    for (const bool is_rim : {true, false}) {
      color_ = is_rim ? 0 : 255;
      FT_Pos pen = x;
      for (const char32_t character : text) {
        if (pen > (FT_Pos{image_->width} + 1) * kPixel + rim) break;
        pen += face_ != nullptr ? PaintGlyph(character, pen, y, is_rim ? rim : 0)
                                : PaintStrokes(character, pen, y, is_rim ? rim : 0);
      }
    }
    return Status();
  }

 private:
  bool Load(char32_t character) {
    FT_UInt index = FT_Get_Char_Index(face_, character);
    if (index == 0) index = FT_Get_Char_Index(face_, U'?');
    return FT_Load_Glyph(face_, index, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) == 0 &&
           face_->glyph->format == FT_GLYPH_FORMAT_OUTLINE;
  }
  FT_Pos CapUnits() const {
    FT_BBox box;
    FT_Outline_Get_CBox(&face_->glyph->outline, &box);
    return box.yMax;
  }
  FT_Pos Scaled(FT_Pos units) const { return FT_MulDiv(units, cap_height_, cap_units_); }

  // Both return how far the next character is. `rim`: how much wider than the letter, 0 for the letter itself.
  FT_Pos PaintGlyph(char32_t character, FT_Pos x, FT_Pos y, FT_Pos rim) {
    if (!Load(character)) return 0;
    FT_Outline& outline = face_->glyph->outline;
    for (int i = 0; i < outline.n_points; ++i) {
      outline.points[i].x = x + Scaled(outline.points[i].x);
      outline.points[i].y = y + Scaled(outline.points[i].y);
    }
    const FT_Pos advance = Scaled(face_->glyph->metrics.horiAdvance);
    FT_BBox box;
    FT_Outline_Get_CBox(&outline, &box);
    if (IsOutside(box, rim)) return advance;
    if (rim > 0) {
      Widen(rim);
      if (FT_Stroker_ParseOutline(stroker_.get(), &outline, /*opened=*/0) == 0) FillStroke();
    }
    Fill(&outline);
    return advance;
  }

  FT_Pos PaintStrokes(char32_t character, FT_Pos x, FT_Pos y, FT_Pos rim) {
    const FT_Pos radius = cap_height_ / 16 + rim;
    const FT_Pos advance = Scaled(StrokeAdvance(character));
    if (IsOutside({x, y + Scaled(kStrokeBottom), x + advance, y + Scaled(kStrokeTop)}, radius)) return advance;
    Widen(radius);
    bool begun = false;
    const std::string_view strokes = GlyphStrokes(character);
    for (size_t i = 0; i <= strokes.size();) {
      if (i == strokes.size() || strokes[i] == ' ') {
        if (begun) FT_Stroker_EndSubPath(stroker_.get());
        begun = false;
        ++i;
        continue;
      }
      FT_Vector point = {x + Scaled(StrokeX(strokes[i])), y + Scaled(StrokeY(strokes[i + 1]))};
      begun ? FT_Stroker_LineTo(stroker_.get(), &point) : FT_Stroker_BeginSubPath(stroker_.get(), &point, /*open=*/1);
      begun = true;
      i += 2;
    }
    FillStroke();
    return advance;
  }

  void Widen(FT_Pos radius) {
    FT_Stroker_Set(stroker_.get(), std::max<FT_Pos>(radius, kPixel / 2), FT_STROKER_LINECAP_ROUND,
                   FT_STROKER_LINEJOIN_ROUND, 0);
  }

  void FillStroke() {
    FT_UInt points = 0, contours = 0;
    if (FT_Stroker_GetCounts(stroker_.get(), &points, &contours) != 0 || points == 0) return;
    Outline outline(library_, points, contours);
    if (!outline.ok()) return;
    FT_Stroker_Export(stroker_.get(), outline.get());
    Fill(outline.get());
  }

  // Far outside, FreeType's arithmetic would overflow.
  bool IsOutside(const FT_BBox& box, FT_Pos rim) const {
    return box.xMax + rim < 0 || box.xMin - rim > FT_Pos{image_->width} * kPixel || box.yMin - rim > 0 ||
           box.yMax + rim < -FT_Pos{image_->height} * kPixel;
  }

  void Fill(FT_Outline* outline) {
    FT_Raster_Params parameters = {};
    parameters.flags = FT_RASTER_FLAG_AA | FT_RASTER_FLAG_DIRECT | FT_RASTER_FLAG_CLIP;
    parameters.gray_spans = BlendSpans;
    parameters.user = this;
    parameters.clip_box = {0, -FT_Pos{image_->height}, image_->width, 0};
    // An outline beyond the rasterizer's range is drawn nowhere.
    (void)FT_Outline_Render(library_, outline, &parameters);
  }

  // Row -1 of FreeType's is the picture's first.
  static void BlendSpans(int y, int count, const FT_Span* spans, void* user) {
    const Painter& painter = *static_cast<const Painter*>(user);
    const Image& image = *painter.image_;
    const int row = -1 - y;
    if (row < 0 || row >= image.height) return;
    uint8_t* const pixels = painter.image_->pixels.data() + 3 * size_t(row) * static_cast<size_t>(image.width);
    for (int i = 0; i < count; ++i) {
      const int begin = std::max<int>(spans[i].x, 0), end = std::min<int>(spans[i].x + spans[i].len, image.width);
      for (uint8_t *p = pixels + 3 * begin, *stop = pixels + 3 * end; p < stop; ++p)
        *p = static_cast<uint8_t>((*p * (255 - spans[i].coverage) + painter.color_ * spans[i].coverage + 127) / 255);
    }
  }

  FT_Library library_;
  FT_Face face_;  // null: strokes
  Image* image_;
  StrokerPtr stroker_;
  FT_Pos cap_height_;
  FT_Pos cap_units_;
  int color_ = 0;
};

}  // namespace

std::string FindFont() {
  constexpr std::array kFonts = {"/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
                                 "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
                                 "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf"};
  for (const char* font : kFonts) {
    std::error_code error;
    if (std::filesystem::exists(font, error)) return font;
  }
  return "";
}

Status PaintText(std::string_view text, int x, int y, int cap_height, const std::string& font, Image* image) {
  // One a thread: opening the font takes longer than a line of text.
  struct Open {
    LibraryPtr library;
    std::string font;
    FacePtr face;
  };
  static thread_local Open open;
  if (!open.library) {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) return TooLarge("text: out of memory");
    open.library.reset(library);
  }
  if (open.font != font) {
    FT_Face face = nullptr;
    const bool ok = !font.empty() && FT_New_Face(open.library.get(), font.c_str(), 0, &face) == 0;
    open.face.reset(ok ? face : nullptr);
    open.font = font;
  }
  Painter painter(open.library.get(), open.face.get(), cap_height, image);
  return painter.Paint(Characters(text), FT_Pos{x} * kPixel, -FT_Pos{y} * kPixel);
}

}  // namespace sinew::media
