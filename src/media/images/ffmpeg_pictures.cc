// One packet in, one frame out. RGB and grey are taken from the frame's samples without swscale, which dithers and
// rounds down; only YCbCr goes through it.
#include "media/images/ffmpeg_pictures.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.h"
#include "media/limits.h"
#include "media/video/ffmpeg_objects.h"

namespace sinew::media {
namespace {

AVCodecID CodecOf(PictureFormat format, std::span<const uint8_t> bytes) {
  switch (format) {
    case PictureFormat::kBmp:
      return AV_CODEC_ID_BMP;
    case PictureFormat::kPnm: {
      constexpr std::array kByDigit = {AV_CODEC_ID_PBM, AV_CODEC_ID_PGM, AV_CODEC_ID_PPM, AV_CODEC_ID_PBM,
                                       AV_CODEC_ID_PGM, AV_CODEC_ID_PPM, AV_CODEC_ID_PAM};
      return kByDigit[static_cast<size_t>(bytes[1] - '1')];
    }
    case PictureFormat::kJpeg2000:
      return AV_CODEC_ID_JPEG2000;
    case PictureFormat::kExr:
      return AV_CODEC_ID_EXR;
    case PictureFormat::kSunRaster:
      return AV_CODEC_ID_SUNRAST;
    default:
      return AV_CODEC_ID_NONE;
  }
}

// IEC 61966-2-1.
uint8_t SrgbFromLight(float light) {
  const double value = std::clamp(std::isnan(light) ? 0.0 : static_cast<double>(light), 0.0, 1.0);
  const double coded = value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
  return static_cast<uint8_t>(std::lround(255 * coded));
}

// The numbers of one component in one row, as they are: of a palette, the entries.
void ReadRow(const AVFrame& frame, const AVPixFmtDescriptor& description, int y, int component,
             std::vector<uint32_t>* row) {
  std::array<const uint8_t*, 4> planes;
  std::copy_n(frame.data, planes.size(), planes.begin());
  av_read_image_line2(row->data(), planes.data(), frame.linesize, &description, 0, y, component, frame.width,
                      /*read_pal_component=*/0, sizeof(uint32_t));
}

// Of pictures with a palette, whose entries are words of A, R, G, B.
void CopyEntries(const AVFrame& frame, const AVPixFmtDescriptor& description, Image* image) {
  std::vector<uint32_t> entries(static_cast<size_t>(frame.width));
  uint8_t* to = image->pixels.data();
  for (int y = 0; y < frame.height; ++y) {
    ReadRow(frame, description, y, 0, &entries);
    for (const uint32_t entry : entries) {
      uint32_t color;
      std::memcpy(&color, frame.data[1] + 4 * entry, sizeof(color));
      for (int i = 0; i < 3; ++i) *to++ = static_cast<uint8_t>(color >> 8 * i);
    }
  }
}

// Of RGB and grey: component by component.
void CopySamples(const AVFrame& frame, const AVPixFmtDescriptor& description, Image* image) {
  const bool is_float = (description.flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
  const bool grey = description.nb_components < 3;
  const bool inverted = frame.format == AV_PIX_FMT_MONOWHITE;
  std::vector<uint32_t> samples(static_cast<size_t>(frame.width));
  for (int y = 0; y < frame.height; ++y) {
    uint8_t* const row = image->pixels.data() + 3 * static_cast<size_t>(y) * static_cast<size_t>(frame.width);
    for (int color = 0; color < (grey ? 1 : 3); ++color) {
      ReadRow(frame, description, y, color, &samples);
      const uint64_t most = (uint64_t{1} << description.comp[color].depth) - 1;
      uint8_t* to = grey ? row : row + 2 - color;
      for (const uint32_t sample : samples) {
        float light;
        std::memcpy(&light, &sample, sizeof(light));
        uint8_t value =
            is_float ? SrgbFromLight(light) : static_cast<uint8_t>((sample * uint64_t{255} + most / 2) / most);
        if (inverted) value = static_cast<uint8_t>(255 - value);
        to[0] = value;
        if (grey) to[1] = to[2] = value;
        to += 3;
      }
    }
  }
}

// Of YCbCr, which in still pictures is BT.601 in its full range.
Status Convert(const AVFrame& frame, std::string_view name, Image* image) {
  const ScalerPtr scaler(
      sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width, frame.height,
                     AV_PIX_FMT_BGR24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
  if (!scaler) {
    const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    return Unsupported("{}: a picture with the pixel format {}", name, format == nullptr ? "?" : format);
  }
  const int* const matrix = sws_getCoefficients(SWS_CS_ITU601);
  sws_setColorspaceDetails(scaler.get(), matrix, /*srcRange=*/1, matrix, /*dstRange=*/1, 0, 1 << 16, 1 << 16);
  // Through a frame with the padding that swscale's kernels may write to.
  const FramePtr bgr(av_frame_alloc());
  if (!bgr) return TooLarge("{}: out of memory", name);
  bgr->format = AV_PIX_FMT_BGR24;
  bgr->width = frame.width;
  bgr->height = frame.height;
  if (av_frame_get_buffer(bgr.get(), 0) < 0) return TooLarge("{}: out of memory", name);
  if (sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, bgr->data, bgr->linesize) != frame.height)
    return Corrupt("{}: the picture cannot be converted", name);
  const size_t row_bytes = 3 * static_cast<size_t>(frame.width);
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(image->pixels.data() + static_cast<size_t>(y) * row_bytes,
                bgr->data[0] + static_cast<ptrdiff_t>(y) * bgr->linesize[0], row_bytes);
  }
  return Status();
}

Status Damaged(PictureFormat format, int code, std::string_view name) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text = {};
  av_strerror(code, text.data(), text.size());
  if (code == AVERROR_PATCHWELCOME || code == AVERROR(ENOSYS))
    return Unsupported("{}: a {} of a kind that cannot be read", name, FormatName(format));
  if (code == AVERROR(ENOMEM)) return TooLarge("{}: out of memory for the picture", name);
  return Corrupt("{}: damaged {}: {}", name, FormatName(format), text.data());
}

}  // namespace

Result<Image> DecodeWithFfmpeg(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                               const ImageLimits& limits) {
  const AVCodec* const decoder = avcodec_find_decoder(CodecOf(format, bytes));
  if (decoder == nullptr) return Unsupported("{}: FFmpeg has no decoder for {}", name, FormatName(format));
  const CodecPtr codec(avcodec_alloc_context3(decoder));
  const PacketPtr packet(av_packet_alloc());
  const FramePtr frame(av_frame_alloc());
  if (!codec || !packet || !frame || av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0)
    return TooLarge("{}: out of memory", name);
  std::memcpy(packet->data, bytes.data(), bytes.size());
  codec->max_pixels = limits.max_pixels;
  codec->thread_count = 1;  // pictures are decoded side by side already
  codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  int code = avcodec_open2(codec.get(), decoder, nullptr);
  if (code >= 0) code = avcodec_send_packet(codec.get(), packet.get());
  if (code >= 0) code = avcodec_send_packet(codec.get(), nullptr);
  if (code >= 0) code = avcodec_receive_frame(codec.get(), frame.get());
  if (code < 0) return Damaged(format, code, name);
  if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0)
    return Corrupt("{}: damaged {}", name, FormatName(format));
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, frame->width, frame->height, limits));
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  if (description == nullptr) return Unsupported("{}: a picture with an unknown pixel format", name);
  Image image = Image::OfSize(frame->width, frame->height);
  if ((description->flags & AV_PIX_FMT_FLAG_PAL) != 0) {
    CopyEntries(*frame, *description, &image);
  } else if ((description->flags & AV_PIX_FMT_FLAG_RGB) != 0 || description->nb_components < 3) {
    CopySamples(*frame, *description, &image);
  } else {
    SINEW_RETURN_IF_ERROR(Convert(*frame, name, &image));
  }
  return image;
}

}  // namespace sinew::media
