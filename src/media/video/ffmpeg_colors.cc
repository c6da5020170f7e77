// Matrices, ranges, and swscale.
#include "media/video/ffmpeg_colors.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace sinew::media {
namespace {

constexpr int kUnit = 1 << 16;  // of swscale's contrast and saturation

// swscale's vector code reads and writes whole registers: rows of other sizes than this go through a frame with
// padding.
constexpr size_t kVectorBytes = 32;
bool HasWholeVectors(int width) { return 3 * static_cast<size_t>(width) % kVectorBytes == 0; }

const char* FormatName(int format) {
  const char* const name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return name == nullptr ? "?" : name;
}

// "yuvj420p" and its like say the full range by their names; a grey picture without a tag has it, as swscale takes it.
bool NamesFullRange(int format) {
  if (std::string_view(FormatName(format)).starts_with("yuvj")) return true;
  const AVPixFmtDescriptor* const descriptor = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return descriptor != nullptr && descriptor->nb_components <= 2;
}

bool IsHighDefinition(int width, int height) { return width >= 1280 || height > 576; }

Status MakePadded(int width, int height, std::string_view name, FramePtr* frame) {
  if (*frame && (*frame)->width == width && (*frame)->height == height) return Status();
  frame->reset(av_frame_alloc());
  if (*frame) {
    (*frame)->format = AV_PIX_FMT_BGR24;
    (*frame)->width = width;
    (*frame)->height = height;
    if (av_frame_get_buffer(frame->get(), 0) >= 0) return Status();
  }
  frame->reset();
  return TooLarge("{}: out of memory for a frame of {}x{}", name, width, height);
}

const int* Coefficients(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return sws_getCoefficients(SWS_CS_ITU709);
    case AVCOL_SPC_FCC:
      return sws_getCoefficients(SWS_CS_FCC);
    case AVCOL_SPC_SMPTE240M:
      return sws_getCoefficients(SWS_CS_SMPTE240M);
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return sws_getCoefficients(SWS_CS_BT2020);
    default:
      return sws_getCoefficients(SWS_CS_ITU601);
  }
}

}  // namespace

Colors FrameColors(const AVFrame& frame) {
  Colors colors = {frame.colorspace, frame.color_range == AVCOL_RANGE_JPEG};
  if (colors.matrix == AVCOL_SPC_UNSPECIFIED || colors.matrix == AVCOL_SPC_RESERVED)
    colors.matrix = WrittenColors(frame.width, frame.height).matrix;
  if (frame.color_range == AVCOL_RANGE_UNSPECIFIED || std::string_view(FormatName(frame.format)).starts_with("yuvj"))
    colors.full_range = NamesFullRange(frame.format);
  return colors;
}

Colors WrittenColors(int width, int height) {
  return {IsHighDefinition(width, height) ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M, false};
}

Status ToBgr::Configure(const AVFrame& frame, std::string_view name) {
  const Colors colors = FrameColors(frame);
  if (scaler_ && width_ == frame.width && height_ == frame.height && format_ == frame.format && colors_ == colors)
    return Status();
  const AVPixFmtDescriptor* const descriptor = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool rgb = descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  // YCgCo, ICtCp and their kind are no linear change of BT.601's axes.
  constexpr AVColorSpace kKnown[] = {AVCOL_SPC_BT709,     AVCOL_SPC_FCC,        AVCOL_SPC_BT470BG,  AVCOL_SPC_SMPTE170M,
                                     AVCOL_SPC_SMPTE240M, AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL};
  if (!rgb && colors.matrix != AVCOL_SPC_RGB &&
      std::find(std::begin(kKnown), std::end(kKnown), colors.matrix) == std::end(kKnown)) {
    const char* const matrix = av_color_space_name(colors.matrix);
    return Unsupported("{}: frames with the colour matrix {} cannot be converted", name,
                       matrix == nullptr ? "?" : matrix);
  }
  scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width,
                               frame.height, AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!scaler_)
    return Unsupported("{}: frames with the pixel format {} cannot be converted", name, FormatName(frame.format));
  // Fails for formats that are B, G, R already: they need none of it.
  sws_setColorspaceDetails(scaler_.get(), Coefficients(colors.matrix), colors.full_range ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, kUnit, kUnit);
  width_ = frame.width;
  height_ = frame.height;
  format_ = frame.format;
  colors_ = colors;
  return Status();
}

Status ToBgr::Convert(const AVFrame& frame, std::string_view name, Image* image) {
  SINEW_RETURN_IF_ERROR(Configure(frame, name));
  const size_t row_bytes = 3 * static_cast<size_t>(frame.width);
  image->width = frame.width;
  image->height = frame.height;
  image->pixels.resize(row_bytes * static_cast<size_t>(frame.height));
  uint8_t* const pixels = image->pixels.data();
  const bool in_place = HasWholeVectors(frame.width) && reinterpret_cast<uintptr_t>(pixels) % 16 == 0;
  if (!in_place) SINEW_RETURN_IF_ERROR(MakePadded(frame.width, frame.height, name, &padded_));
  uint8_t* const planes[4] = {in_place ? pixels : padded_->data[0], nullptr, nullptr, nullptr};
  const int strides[4] = {in_place ? static_cast<int>(row_bytes) : padded_->linesize[0], 0, 0, 0};
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides) != frame.height)
    return Corrupt("{}: the frame cannot be converted", name);
  if (in_place) return Status();
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(pixels + static_cast<size_t>(y) * row_bytes,
                padded_->data[0] + static_cast<ptrdiff_t>(y) * padded_->linesize[0], row_bytes);
  }
  return Status();
}

Status FromBgr::Convert(const Image& image, std::string_view name, AVFrame* frame) {
  const Colors colors = FrameColors(*frame);
  if (!scaler_ || width_ != frame->width || height_ != frame->height || format_ != frame->format ||
      !(colors_ == colors)) {
    scaler_.reset(sws_getContext(frame->width, frame->height, AV_PIX_FMT_BGR24, frame->width, frame->height,
                                 static_cast<AVPixelFormat>(frame->format),
                                 SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr));
    if (!scaler_)
      return Unsupported("{}: frames cannot be converted to the pixel format {}", name, FormatName(frame->format));
    sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, Coefficients(colors.matrix),
                             colors.full_range ? 1 : 0, 0, kUnit, kUnit);
    width_ = frame->width;
    height_ = frame->height;
    format_ = frame->format;
    colors_ = colors;
  }
  const size_t row_bytes = 3 * static_cast<size_t>(image.width);
  const bool in_place = image.width == frame->width && image.height == frame->height && HasWholeVectors(image.width);
  if (!in_place) {
    SINEW_RETURN_IF_ERROR(MakePadded(frame->width, frame->height, name, &padded_));
    for (int y = 0; y < frame->height; ++y) {
      const uint8_t* const from = image.pixels.data() + static_cast<size_t>(std::min(y, image.height - 1)) * row_bytes;
      uint8_t* const to = padded_->data[0] + static_cast<ptrdiff_t>(y) * padded_->linesize[0];
      std::memcpy(to, from, row_bytes);
      for (int x = image.width; x < frame->width; ++x) std::memcpy(to + 3 * x, to + 3 * (x - 1), 3);
    }
  }
  const uint8_t* const planes[4] = {in_place ? image.pixels.data() : padded_->data[0], nullptr, nullptr, nullptr};
  const int strides[4] = {in_place ? static_cast<int>(row_bytes) : padded_->linesize[0], 0, 0, 0};
  if (sws_scale(scaler_.get(), planes, strides, 0, frame->height, frame->data, frame->linesize) != frame->height)
    return Internal("{}: the frame cannot be converted", name);
  return Status();
}

}  // namespace sinew::media
