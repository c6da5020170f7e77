// Videos as others make them, for tests: any matrix, range, pixel format, shape of pixels, times, and sound.
#pragma once

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/pixdesc.h>
}
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "media/video/ffmpeg_objects.h"

namespace sinew::media {

struct MadeVideo {
  std::string path, codec = "ffv1", sound;  // sound: the name of an encoder, or none
  int width = 64, height = 48;
  AVPixelFormat format = AV_PIX_FMT_YUV420P;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVRational pixel_aspect = {0, 1};
  std::vector<double> seconds = {0, 0.1, 0.2};
  double sound_seconds = 0.3;
  bool cover = false;  // the video is the picture on a record's cover
  // The value of a sample; plane 0 to 2.
  std::function<int(int frame, int plane, int x, int y)> sample = [](int, int, int, int) { return 128; };
  std::vector<std::pair<const char*, const char*>> options;
};

// Y, Cb and Cr of a colour by a matrix with the given weights of red and blue (ITU-T H.273, 8.3).
inline std::array<int, 3> ToYcbcr(double red, double green, double blue, double kr, double kb, bool full,
                                  int bits = 8) {
  const double r = red / 255, g = green / 255, b = blue / 255;
  const double y = kr * r + (1 - kr - kb) * g + kb * b;
  const double cb = (b - y) / (2 * (1 - kb)), cr = (r - y) / (2 * (1 - kr));
  const double unit = std::exp2(bits - 8), most = std::exp2(bits) - 1;
  const auto whole = [](double value) { return static_cast<int>(std::lround(value)); };
  if (full) return {whole(most * y), whole(most * cb + 128 * unit), whole(most * cr + 128 * unit)};
  return {whole((219 * y + 16) * unit), whole((224 * cb + 128) * unit), whole((224 * cr + 128) * unit)};
}

namespace made_video {

inline void Encode(AVCodecContext* codec, AVFrame* frame, AVFormatContext* output, const AVStream* stream) {
  PacketPtr packet(av_packet_alloc());
  ASSERT_GE(avcodec_send_frame(codec, frame), 0);
  while (avcodec_receive_packet(codec, packet.get()) >= 0) {
    packet->stream_index = stream->index;
    if (packet->duration == 0) packet->duration = codec->time_base.den / 10;  // of pictures
    av_packet_rescale_ts(packet.get(), codec->time_base, stream->time_base);
    ASSERT_GE(av_interleaved_write_frame(output, packet.get()), 0);
  }
}

inline CodecPtr OpenSound(const MadeVideo& video, AVFormatContext* output, AVStream** stream) {
  const AVCodec* const codec = avcodec_find_encoder_by_name(video.sound.c_str());
  EXPECT_NE(codec, nullptr) << video.sound;
  CodecPtr sound(avcodec_alloc_context3(codec));
  sound->sample_rate = 48000;
  sound->ch_layout = AV_CHANNEL_LAYOUT_MONO;
  sound->sample_fmt = codec->sample_fmts[0];
  sound->time_base = {1, 48000};
  sound->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0) sound->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  EXPECT_GE(avcodec_open2(sound.get(), codec, nullptr), 0);
  *stream = avformat_new_stream(output, nullptr);
  avcodec_parameters_from_context((*stream)->codecpar, sound.get());
  (*stream)->time_base = sound->time_base;
  return sound;
}

// A tone; the encoder takes floats or 16-bit integers.
inline void WriteSound(const MadeVideo& video, AVCodecContext* sound, AVFormatContext* output, const AVStream* stream) {
  const int samples = sound->frame_size > 0 ? sound->frame_size : 1024;
  for (int64_t at = 0; at < static_cast<int64_t>(video.sound_seconds * 48000); at += samples) {
    FramePtr frame(av_frame_alloc());
    frame->format = sound->sample_fmt;
    frame->ch_layout = sound->ch_layout;
    frame->sample_rate = sound->sample_rate;
    frame->nb_samples = samples;
    ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
    for (int i = 0; i < samples; ++i) {
      const double value = 0.3 * std::sin(0.06 * static_cast<double>(at + i));
      if (sound->sample_fmt == AV_SAMPLE_FMT_S16) {
        reinterpret_cast<int16_t*>(frame->data[0])[i] = static_cast<int16_t>(value * 32767);
      } else {
        reinterpret_cast<float*>(frame->data[0])[i] = static_cast<float>(value);
      }
    }
    frame->pts = at;
    Encode(sound, frame.get(), output, stream);
  }
  Encode(sound, nullptr, output, stream);
}

}  // namespace made_video

inline void MakeVideo(const MadeVideo& video) {
  using made_video::Encode;
  AVFormatContext* output = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&output, nullptr, nullptr, video.path.c_str()), 0) << video.path;
  const OutputContainerPtr owner(output);
  const AVCodec* const codec = avcodec_find_encoder_by_name(video.codec.c_str());
  ASSERT_NE(codec, nullptr) << video.codec;
  CodecPtr c(avcodec_alloc_context3(codec));
  c->width = video.width;
  c->height = video.height;
  c->pix_fmt = video.format;
  c->time_base = {1, 1000};
  c->framerate = {10, 1};
  c->colorspace = video.matrix;
  c->color_range = video.range;
  c->sample_aspect_ratio = video.pixel_aspect;
  c->thread_count = 1;
  c->bit_rate = 4000000;
  if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0) c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  for (const auto& [name, value] : video.options) av_dict_set(&options, name, value, 0);
  ASSERT_GE(avcodec_open2(c.get(), codec, &options), 0);
  av_dict_free(&options);
  AVStream* const stream = avformat_new_stream(output, nullptr);
  ASSERT_GE(avcodec_parameters_from_context(stream->codecpar, c.get()), 0);
  stream->time_base = c->time_base;
  stream->sample_aspect_ratio = c->sample_aspect_ratio;
  if (video.cover) stream->disposition |= AV_DISPOSITION_ATTACHED_PIC;
  AVStream* sound_stream = nullptr;
  CodecPtr sound;
  if (!video.sound.empty()) sound = made_video::OpenSound(video, output, &sound_stream);
  ASSERT_GE(avio_open(&output->pb, ("file:" + video.path).c_str(), AVIO_FLAG_WRITE), 0);
  ASSERT_GE(avformat_write_header(output, nullptr), 0);
  if (sound) made_video::WriteSound(video, sound.get(), output, sound_stream);
  const AVPixFmtDescriptor* const layout = av_pix_fmt_desc_get(video.format);
  for (size_t i = 0; i < video.seconds.size(); ++i) {
    FramePtr frame(av_frame_alloc());
    frame->format = video.format;
    frame->width = video.width;
    frame->height = video.height;
    frame->colorspace = video.matrix;
    frame->color_range = video.range;
    ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
    for (int plane = 0; plane < 3; ++plane) {
      const int width = plane == 0 ? video.width : AV_CEIL_RSHIFT(video.width, layout->log2_chroma_w);
      const int height = plane == 0 ? video.height : AV_CEIL_RSHIFT(video.height, layout->log2_chroma_h);
      for (int y = 0; y < height; ++y) {
        uint8_t* const row = frame->data[plane] + static_cast<ptrdiff_t>(y) * frame->linesize[plane];
        for (int x = 0; x < width; ++x) {
          const int value = video.sample(static_cast<int>(i), plane, x, y);
          if (layout->comp[0].depth > 8) {
            reinterpret_cast<uint16_t*>(row)[x] = static_cast<uint16_t>(value);
          } else {
            row[x] = static_cast<uint8_t>(value);
          }
        }
      }
    }
    frame->pts = std::llround(video.seconds[i] * 1000);
    Encode(c.get(), frame.get(), output, stream);
  }
  Encode(c.get(), nullptr, output, stream);
  ASSERT_GE(av_write_trailer(output), 0);
  avio_closep(&output->pb);
}

// What a file holds, as another program sees it.
struct SeenVideo {
  std::string codec, sound;
  int width = 0, height = 0;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  double pixel_aspect = 0, seconds = 0;
  int frames = 0, sound_packets = 0;
  double first_sound = 0, last_sound = 0;  // where these packets begin, counted from the first frame
};

inline SeenVideo SeeVideo(const std::string& path) {
  SeenVideo seen;
  AVFormatContext* input = nullptr;
  if (avformat_open_input(&input, ("file:" + path).c_str(), nullptr, nullptr) < 0) return seen;
  const InputContainerPtr owner(input);
  if (avformat_find_stream_info(input, nullptr) < 0) return seen;
  seen.seconds = static_cast<double>(input->duration) / AV_TIME_BASE;
  double begin = 0;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    const AVStream& stream = *input->streams[i];
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.codec_type == AVMEDIA_TYPE_VIDEO) {
      seen.codec = avcodec_get_name(parameters.codec_id);
      seen.width = parameters.width;
      seen.height = parameters.height;
      seen.matrix = parameters.color_space;
      seen.range = parameters.color_range;
      seen.pixel_aspect = av_q2d(av_guess_sample_aspect_ratio(input, input->streams[i], nullptr));
      begin =
          stream.start_time == AV_NOPTS_VALUE ? 0 : static_cast<double>(stream.start_time) * av_q2d(stream.time_base);
    } else if (parameters.codec_type == AVMEDIA_TYPE_AUDIO) {
      seen.sound = avcodec_get_name(parameters.codec_id);
    }
  }
  PacketPtr packet(av_packet_alloc());
  while (av_read_frame(input, packet.get()) >= 0) {
    const AVStream& stream = *input->streams[packet->stream_index];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
      ++seen.frames;
    } else {
      const double at = static_cast<double>(packet->pts) * av_q2d(stream.time_base) - begin;
      if (seen.sound_packets++ == 0) seen.first_sound = at;
      seen.last_sound = at;
    }
    av_packet_unref(packet.get());
  }
  return seen;
}

}  // namespace sinew::media
