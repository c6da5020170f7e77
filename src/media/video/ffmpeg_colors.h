// Which colours the numbers of a YCbCr frame mean, and the conversion to and from B, G, R.
//
// Sources: ITU-T H.273 (the codes of matrices and ranges), BT.601, BT.709, BT.2020.
#pragma once

#include <string_view>

#include "media/images/image.h"
#include "media/video/ffmpeg_objects.h"

namespace sinew::media {

// The matrix and the range of a frame of this size: as it says itself; where it does not, as players guess, BT.709 for
// high definition (wider than 1279 or higher than 576 pixels), else BT.601, and the limited range.
struct Colors {
  AVColorSpace matrix = AVCOL_SPC_SMPTE170M;
  bool full_range = false;
  bool operator==(const Colors&) const = default;
};
Colors FrameColors(const AVFrame& frame);
// What frames of this size are written with: what a player that reads no tags guesses.
Colors WrittenColors(int width, int height);

// Converts frames to B, G, R. Keeps its tables between frames of one kind; one thread at a time.
class ToBgr {
 public:
  // kUnsupported for a pixel format or a matrix that cannot be converted, kTooLarge where memory is missing. `name`
  // stands in messages.
  Status Convert(const AVFrame& frame, std::string_view name, Image* image);

 private:
  Status Configure(const AVFrame& frame, std::string_view name);

  ScalerPtr scaler_;
  int width_ = 0, height_ = 0, format_ = AV_PIX_FMT_NONE;
  Colors colors_;
  FramePtr padded_;  // for widths at which swscale writes behind the end of a row
};

// The way back, into frames of `format` and at least the picture's size: the last column and row are repeated.
class FromBgr {
 public:
  Status Convert(const Image& image, std::string_view name, AVFrame* frame);

 private:
  ScalerPtr scaler_;
  FramePtr padded_;
  int width_ = 0, height_ = 0, format_ = AV_PIX_FMT_NONE;
  Colors colors_;
};

}  // namespace sinew::media
