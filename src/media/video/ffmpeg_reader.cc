// The demuxer, the decoder and the conversion to BGR of one video stream.
#include "media/video/ffmpeg_reader.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/images/orient.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

// FFmpeg's objects, freed by the functions that FFmpeg wants: void f(T**).
template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(&object);
  }
};
struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
using FormatPtr = std::unique_ptr<AVFormatContext, Free<avformat_close_input>>;
using CodecPtr = std::unique_ptr<AVCodecContext, Free<avcodec_free_context>>;
using FramePtr = std::unique_ptr<AVFrame, Free<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, Free<av_packet_free>>;
using ScalerPtr = std::unique_ptr<SwsContext, FreeScaler>;

// What containers claim when they do not know: a frame rate above this is a time base in disguise.
constexpr double kMaxFramesPerSecond = 1000;

std::string FfmpegMessage(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text = {};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

// Asked by FFmpeg again and again while it waits for data.
class Interrupt {
 public:
  Interrupt(StopCheck stop, double timeout_seconds) : stop_(std::move(stop)), timeout_seconds_(timeout_seconds) {
    Restart();
  }

  void Restart() { start_ = std::chrono::steady_clock::now(); }
  bool stopped() const { return IsStopped(stop_); }
  bool timed_out() const {
    return timeout_seconds_ > 0 &&
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() > timeout_seconds_;
  }
  double timeout_seconds() const { return timeout_seconds_; }
  static int Callback(void* self) {
    const Interrupt& interrupt = *static_cast<const Interrupt*>(self);
    return interrupt.stopped() || interrupt.timed_out() ? 1 : 0;
  }

 private:
  StopCheck stop_;
  double timeout_seconds_;
  std::chrono::steady_clock::time_point start_;
};

// How the frames have to be turned to stand upright. The matrix maps (x, y) to (a x + c y, b x + d y), see
// libavutil/display.h; anything but a quarter turn, mirrored or not, is left as it is.
Orientation ReadOrientation(const AVStream& stream) {
  size_t size = 0;
  const uint8_t* const data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data == nullptr || size < 9 * sizeof(int32_t)) return {};
  std::array<int32_t, 9> matrix;
  std::memcpy(matrix.data(), data, sizeof(matrix));
  const auto sign = [](int32_t value) { return (value > 0) - (value < 0); };
  const int a = sign(matrix[0]), b = sign(matrix[1]), c = sign(matrix[3]), d = sign(matrix[4]);
  if (a != 0 && d != 0 && b == 0 && c == 0) return {d > 0 ? 0 : 180, a != d};
  if (a == 0 && d == 0 && b != 0 && c != 0) return {b > 0 ? 90 : 270, b == c};
  return {};
}

class FfmpegReader : public VideoReader {
 public:
  FfmpegReader(std::string_view name, Place place, const VideoOptions& options)
      : name_(name),
        place_(place),
        limits_(options.limits),
        interrupt_(options.stop, place == Place::kNetwork ? options.timeout_seconds : 0) {}

  Status Open(const std::string& url) {
    SINEW_RETURN_IF_ERROR(OpenContainer(url));
    SINEW_RETURN_IF_ERROR(OpenDecoder());
    frame_.reset(av_frame_alloc());
    bgr_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!frame_ || !bgr_ || !packet_) return TooLarge("{}: out of memory", name_);
    return Status();
  }

  VideoFormat format() const override {
    const bool turned = orientation_.rotate % 180 != 0;
    const int width = stream_->codecpar->width, height = stream_->codecpar->height;
    return {turned ? height : width, turned ? width : height, FramesPerSecond()};
  }

  int64_t frame_count_estimate() const override {
    if (stream_->nb_frames > 0) return stream_->nb_frames;
    const double seconds =
        stream_->duration > 0 ? Seconds(stream_->duration) : static_cast<double>(format_->duration) / AV_TIME_BASE;
    const double count = std::round(seconds * FramesPerSecond());
    return count > 0 && count < 1e15 ? static_cast<int64_t>(count) : 0;
  }

  Result<bool> Next(Image* frame) override {
    SINEW_ASSIGN_OR_RETURN(const bool more, Advance());
    if (!more) return false;
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name_, frame_->width, frame_->height, limits_));
    SINEW_RETURN_IF_ERROR(Convert(frame));
    *frame = Oriented(std::move(*frame), orientation_);
    return true;
  }

  Result<bool> Skip() override { return Advance(); }

  std::optional<double> seconds() const override { return seconds_; }

 private:
  Status OpenContainer(const std::string& url) {
    AVFormatContext* format = avformat_alloc_context();
    if (format == nullptr) return TooLarge("{}: out of memory", name_);
    format->interrupt_callback = {Interrupt::Callback, &interrupt_};
    AVDictionary* settings = nullptr;
    if (place_ == Place::kFile) {
      // A file must not make this program fetch what it names (playlists, references to other media).
      av_dict_set(&settings, "protocol_whitelist", "file", 0);
    } else {
      av_dict_set(&settings, "rtsp_flags", "prefer_tcp", 0);
    }
    const int code = avformat_open_input(&format, url.c_str(), nullptr, &settings);
    av_dict_free(&settings);
    if (code < 0) return OpenError(code);  // FFmpeg has freed the context
    format_.reset(format);
    SINEW_RETURN_IF_ERROR(FindStreamInfo());
    const int index = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) return Unsupported("{}: has no video that can be decoded ({})", name_, FfmpegMessage(index));
    for (unsigned i = 0; i < format->nb_streams; ++i) {
      if (static_cast<int>(i) != index) format->streams[i]->discard = AVDISCARD_ALL;
    }
    stream_ = format->streams[index];
    orientation_ = ReadOrientation(*stream_);
    return CheckPictureSize(name_, stream_->codecpar->width, stream_->codecpar->height, limits_);
  }

  // Looks at the first frames. The decoders that do it know the limit, so that none allocates more.
  Status FindStreamInfo() {
    std::vector<AVDictionary*> settings(format_->nb_streams);
    for (AVDictionary*& one : settings) av_dict_set_int(&one, "max_pixels", limits_.max_pixels, 0);
    const int code = avformat_find_stream_info(format_.get(), settings.empty() ? nullptr : settings.data());
    for (AVDictionary*& one : settings) av_dict_free(&one);
    return code < 0 ? OpenError(code) : Status();
  }

  Status OpenDecoder() {
    const AVCodec* const codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    if (codec == nullptr)
      return Unsupported("{}: FFmpeg has no decoder for {}", name_, avcodec_get_name(stream_->codecpar->codec_id));
    codec_.reset(avcodec_alloc_context3(codec));
    if (!codec_) return TooLarge("{}: out of memory", name_);
    int code = avcodec_parameters_to_context(codec_.get(), stream_->codecpar);
    if (code >= 0) {
      codec_->pkt_timebase = stream_->time_base;
      codec_->max_pixels = limits_.max_pixels;
      codec_->thread_count = 0;  // one a processor
      if (place_ == Place::kNetwork) {
        // Decoding frames side by side would hold back as many as there are threads.
        codec_->thread_type = FF_THREAD_SLICE;
        codec_->flags |= AV_CODEC_FLAG_LOW_DELAY;
      }
      code = avcodec_open2(codec_.get(), codec, nullptr);
    }
    if (code < 0)
      return Unsupported("{}: the {} decoder cannot be opened ({})", name_, codec->name, FfmpegMessage(code));
    const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(codec_->codec_id);
    intra_only_ = descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
    return Status();
  }

  // The status of a wait for data that FFmpeg ended with `code`.
  Status WaitError(int code) const {
    if (interrupt_.stopped()) return Cancelled("{}: stopped", name_);
    if (interrupt_.timed_out()) return Unavailable("{}: no data for {} seconds", name_, interrupt_.timeout_seconds());
    return place_ == Place::kFile ? Corrupt("{}: cannot be read on: {}", name_, FfmpegMessage(code))
                                  : Unavailable("{}: {}", name_, FfmpegMessage(code));
  }

  Status OpenError(int code) const {
    if (place_ == Place::kFile && !interrupt_.stopped()) {
      return Corrupt("{}: is no video that FFmpeg can read, or it is truncated ({})", name_, FfmpegMessage(code));
    }
    return WaitError(code);
  }

  // Moves to the next frame. Undecodable frames before the first good one are passed over where frames build on one
  // another: recordings and streams may begin in the middle.
  Result<bool> Advance() {
    for (;;) {
      const Result<bool> more = Decode();
      if (more.ok() && *more) {
        ++frames_;
        const int64_t time = frame_->best_effort_timestamp;
        seconds_ = time == AV_NOPTS_VALUE ? std::nullopt : std::optional(Seconds(time - StartTime()));
        return true;
      }
      if (more.ok()) return End();
      if (more.status().code() != StatusCode::kCorrupt || ended_) return more;
      seconds_ = std::nullopt;
      if (frames_ > 0 || intra_only_) {
        ++frames_;
        return more;
      }
    }
  }

  // One frame out of the decoder: true, or false at the end. kCorrupt: a frame is damaged, or, with ended_, the file
  // is.
  Result<bool> Decode() {
    for (;;) {
      int code = avcodec_receive_frame(codec_.get(), frame_.get());
      if (code >= 0) return true;
      if (code == AVERROR_EOF) {
        if (read_error_.ok()) return false;
        ended_ = true;
        return std::exchange(read_error_, Status());
      }
      if (code != AVERROR(EAGAIN)) return Damaged(code);
      code = ReadPacket();
      if (code == AVERROR(EAGAIN)) continue;
      if (code < 0 && code != AVERROR_EOF) read_error_ = WaitError(code);
      const bool draining = code < 0;
      code = avcodec_send_packet(codec_.get(), draining ? nullptr : packet_.get());
      av_packet_unref(packet_.get());
      if (code < 0 && !draining) return Damaged(code);
    }
  }

  // A packet of the stream; AVERROR(EAGAIN) for one of another stream.
  int ReadPacket() {
    interrupt_.Restart();
    const int code = av_read_frame(format_.get(), packet_.get());
    if (code < 0) return interrupt_.stopped() || interrupt_.timed_out() ? AVERROR_EXIT : code;
    if (packet_->stream_index != stream_->index) {
      av_packet_unref(packet_.get());
      return AVERROR(EAGAIN);
    }
    const int64_t time = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    if (time != AV_NOPTS_VALUE) end_seconds_ = std::max(end_seconds_, Seconds(time + packet_->duration - StartTime()));
    return 0;
  }

  Status Damaged(int code) const {
    if (code == AVERROR(ENOMEM)) return TooLarge("{}: out of memory for a frame", name_);
    return Corrupt("{}: the frame cannot be decoded: {}", name_, FfmpegMessage(code));
  }

  // Past the last frame: false, but once an error where that came too early.
  Result<bool> End() {
    if (std::exchange(ended_, true)) return false;
    if (frames_ == 0) return Corrupt("{}: has no frame that can be decoded", name_);
    const double announced = AnnouncedSeconds();
    // Durations are rough: a container counts its sound as well, or rounds.
    if (announced - end_seconds_ <= std::max(1.0, 0.1 * announced)) return false;
    return Corrupt("{}: truncated: ends after {:.1f} of {:.1f} seconds", name_, end_seconds_, announced);
  }

  // The length of the video as the container tells it beforehand, or 0. Of an AVI, FFmpeg shortens the duration by what
  // the file lacks; the number of frames stays that of the header.
  double AnnouncedSeconds() const {
    const AVRational rate = stream_->avg_frame_rate;
    const double counted = rate.num > 0 && rate.den > 0 ? static_cast<double>(stream_->nb_frames) / av_q2d(rate) : 0;
    if (stream_->duration > 0) return end_seconds_ > 0 ? std::max(counted, Seconds(stream_->duration)) : 0;
    const bool guessed = format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
    return format_->nb_streams == 1 && format_->duration > 0 && !guessed
               ? static_cast<double>(format_->duration) / AV_TIME_BASE
               : 0;
  }

  // From FFmpeg's frame, through a buffer with the padding that swscale's kernels may write to.
  Status Convert(Image* image) {
    if (bgr_->width != frame_->width || bgr_->height != frame_->height) {
      av_frame_unref(bgr_.get());
      bgr_->format = AV_PIX_FMT_BGR24;
      bgr_->width = frame_->width;
      bgr_->height = frame_->height;
      if (av_frame_get_buffer(bgr_.get(), 0) < 0)
        return TooLarge("{}: out of memory for a frame of {}x{}", name_, frame_->width, frame_->height);
    }
    scaler_.reset(sws_getCachedContext(scaler_.release(), frame_->width, frame_->height,
                                       static_cast<AVPixelFormat>(frame_->format), frame_->width, frame_->height,
                                       AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr, nullptr));
    if (!scaler_) {
      const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame_->format));
      return Unsupported("{}: frames with the pixel format {} cannot be converted", name_,
                         format == nullptr ? "?" : format);
    }
    if (sws_scale(scaler_.get(), frame_->data, frame_->linesize, 0, frame_->height, bgr_->data, bgr_->linesize) !=
        frame_->height) {
      return Corrupt("{}: the frame cannot be converted", name_);
    }
    const size_t row_bytes = 3 * static_cast<size_t>(frame_->width);
    image->width = frame_->width;
    image->height = frame_->height;
    image->pixels.resize(row_bytes * static_cast<size_t>(frame_->height));
    for (int y = 0; y < frame_->height; ++y) {
      std::memcpy(image->pixels.data() + static_cast<size_t>(y) * row_bytes,
                  bgr_->data[0] + static_cast<ptrdiff_t>(y) * bgr_->linesize[0], row_bytes);
    }
    return Status();
  }

  double FramesPerSecond() const {
    for (const AVRational rate : {av_guess_frame_rate(format_.get(), stream_, nullptr), stream_->avg_frame_rate}) {
      if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= kMaxFramesPerSecond) return av_q2d(rate);
    }
    return 0;
  }
  int64_t StartTime() const { return stream_->start_time == AV_NOPTS_VALUE ? 0 : stream_->start_time; }
  double Seconds(int64_t time) const { return static_cast<double>(time) * av_q2d(stream_->time_base); }

  const std::string name_;
  const Place place_;
  const ImageLimits limits_;
  Interrupt interrupt_;  // before format_, which asks it until it is closed
  FormatPtr format_;
  AVStream* stream_ = nullptr;
  CodecPtr codec_;
  FramePtr frame_, bgr_;
  PacketPtr packet_;
  ScalerPtr scaler_;
  Orientation orientation_;
  bool intra_only_ = false;
  int64_t frames_ = 0;             // read, the damaged ones included
  double end_seconds_ = 0;         // when the last packet's frame ends
  std::optional<double> seconds_;  // of the current frame
  Status read_error_;              // ended the reading; shown when the decoder is empty
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<VideoReader>> OpenWithFfmpeg(const std::string& url, std::string_view name, Place place,
                                                    const VideoOptions& options) {
  auto reader = std::make_unique<FfmpegReader>(name, place, options);
  SINEW_RETURN_IF_ERROR(reader->Open(url));
  return std::unique_ptr<VideoReader>(std::move(reader));
}

}  // namespace sinew::media
