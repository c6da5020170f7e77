// FFmpeg's objects as C++ owns them, and its error codes in words.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <memory>
#include <string>

namespace sinew::media {

// Frees by the function that FFmpeg wants: void f(T**).
template <auto kFree>
struct FreeFfmpeg {
  template <class T>
  void operator()(T* object) const {
    kFree(&object);
  }
};
struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
struct FreeOutputContainer {
  void operator()(AVFormatContext* container) const { avformat_free_context(container); }
};
using InputContainerPtr = std::unique_ptr<AVFormatContext, FreeFfmpeg<avformat_close_input>>;
using OutputContainerPtr = std::unique_ptr<AVFormatContext, FreeOutputContainer>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreeFfmpeg<avcodec_free_context>>;
using FramePtr = std::unique_ptr<AVFrame, FreeFfmpeg<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, FreeFfmpeg<av_packet_free>>;
using ScalerPtr = std::unique_ptr<SwsContext, FreeScaler>;

inline std::string FfmpegMessage(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text = {};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

}  // namespace sinew::media
