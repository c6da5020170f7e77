// A table of shapes, each taken through FitResolution.
#include "pipeline/picture_shape.h"

#include <cmath>
#include <iterator>
#include <optional>

#include "base/error.h"

namespace sinew::pipeline {
namespace {

// The longer side to the shorter one. Up to 3:1, shapes that cameras, screens and crops have, no more than a quarter
// apart; beyond, each a quarter to a third longer than the one before, up to where a network of 368 rows would have
// more columns than sinew allows (16384).
constexpr double kLonger[] = {
    1,       9.0 / 8, 5.0 / 4, 4.0 / 3, 3.0 / 2,  16.0 / 10, 16.0 / 9, 2,  64.0 / 27 /* sold as 21:9 */,
    8.0 / 3, 3,       4,       5,       13.0 / 2, 8,         10,       13, 16,
    20,      26,      33,      44};
static_assert(2 * std::size(kLonger) <= kMaxPictureShapes);

// FitResolution goes by whole pixels: enough of them that rounding does not show.
constexpr int kShorterSide = 8640;

}  // namespace

Result<PictureShape> FitPictureShape(Resolution wish, int picture_width, int picture_height) {
  SINEW_ASSIGN_OR_RETURN(const Resolution exact, FitResolution(wish, picture_width, picture_height));
  if (wish.width != -1 && wish.height != -1) return PictureShape{exact};
  const auto followed = [&](const Resolution& resolution) {
    return wish.width == -1 ? resolution.width : resolution.height;
  };
  std::optional<Resolution> next, largest;
  for (const double longer : kLonger) {
    const int side = static_cast<int>(std::lround(longer * kShorterSide));
    for (const bool upright : {false, true}) {
      const Result<Resolution> common =
          upright ? FitResolution(wish, kShorterSide, side) : FitResolution(wish, side, kShorterSide);
      if (!common.ok()) continue;  // too long for a network
      if (*common == exact) return PictureShape{exact};
      if (!largest || followed(*common) > followed(*largest)) largest = *common;
      if (followed(*common) > followed(exact) && (!next || followed(*common) < followed(*next))) next = *common;
    }
  }
  // A square is never too long.
  return PictureShape{next ? *next : *largest, /*needs_padding=*/true};
}

}  // namespace sinew::pipeline
