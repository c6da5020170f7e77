// Conversion to YCbCr, the encoder and the container of one video.
#include "media/video/ffmpeg_writer.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"
#include "media/extension.h"
#include "media/video/ffmpeg_colors.h"
#include "media/video/ffmpeg_io.h"
#include "media/video/ffmpeg_log.h"
#include "media/video/ffmpeg_objects.h"
#include "media/video/ffmpeg_sound.h"

namespace sinew::media {
namespace {

struct Option {
  const char *name, *value;
};

// An encoder with settings that keep up with networks of a few frames a second on the same processor, at a quality that
// shows no difference: encoding must not become the slowest stage.
struct Encoder {
  const char* name;
  bool even_sizes;  // 4:2:0 in H.264 has whole pairs of columns and rows only
  int ticks;        // a second: a multiple of all usual rates, 24000/1001 to 60; MPEG-4 part 2 counts to 65535
  std::array<Option, 4> options;
};
constexpr Encoder kX264 = {"libx264", true, 120000, {{{"preset", "veryfast"}, {"crf", "20"}}}};
constexpr Encoder kMpeg4 = {"mpeg4", false, 60000, {{{"qscale", "3"}}}};
constexpr Encoder kVp9 = {
    "libvpx-vp9", false, 120000, {{{"deadline", "realtime"}, {"cpu-used", "7"}, {"crf", "28"}, {"row-mt", "1"}}}};
constexpr Encoder kVp8 = {
    "libvpx", false, 120000, {{{"deadline", "realtime"}, {"cpu-used", "8"}, {"crf", "8"}, {"auto-alt-ref", "0"}}}};
constexpr Encoder kRaw = {"wrapped_avframe", false, 120000, {}};

// How a container tells when a frame is shown.
enum class Timing {
  kTimes,    // each frame has its time
  kEmpty,    // frames of one rate, of which some may be empty: the one before stays
  kRepeated  // frames of one rate
};

struct Container {
  const char *suffix, *muxer;
  std::array<const Encoder*, 2> encoders;  // the first that this FFmpeg has
  Timing timing;
};
constexpr Container kContainers[] = {
    {".mp4", "mp4", {&kX264, &kMpeg4}, Timing::kTimes},   {".m4v", "mp4", {&kX264, &kMpeg4}, Timing::kTimes},
    {".mov", "mov", {&kX264, &kMpeg4}, Timing::kTimes},   {".mkv", "matroska", {&kX264, &kMpeg4}, Timing::kTimes},
    {".ts", "mpegts", {&kX264, &kMpeg4}, Timing::kTimes}, {".webm", "webm", {&kVp9, &kVp8}, Timing::kTimes},
    {".avi", "avi", {&kMpeg4, nullptr}, Timing::kEmpty},  {".y4m", "yuv4mpegpipe", {&kRaw, nullptr}, Timing::kRepeated},
};

Result<const Container*> FindContainer(const std::filesystem::path& path) {
  const std::string suffix = LowerExtension(path);
  std::string known;
  for (const Container& container : kContainers) {
    if (suffix == container.suffix) return &container;
    known += fmt::format("{}{}", known.empty() ? "" : " ", container.suffix);
  }
  return InvalidArgument("{}: videos are written as {}", path.string(), known);
}

class FfmpegEncoder : public VideoEncoder {
 public:
  FfmpegEncoder(int fd, const std::filesystem::path& path, const VideoFormat& format)
      : fd_(fd), name_(path.string()), format_(format) {}

  Status Open(const Container& container, const std::optional<Sound>& sound) {
    container_ = &container;
    Status status = OpenWith(sound);
    if (status.ok() || !sound_) return status;
    // Some sound goes into a container by the rules, and not in fact.
    remark_ = fmt::format("the video is without sound: {}", status.message());
    return OpenWith(std::nullopt);
  }

  Status Write(const Image& frame, double seconds) override {
    if (frame.width != format_.width || frame.height != format_.height) {
      return InvalidArgument("{}: a frame of {}x{} in a video of {}x{}", name_, frame.width, frame.height,
                             format_.width, format_.height);
    }
    const int64_t time = std::max(Ticks(seconds), last_time_ + 1);
    if (container_->timing == Timing::kRepeated && last_time_ >= 0) {
      while (last_time_ + 1 < time) SINEW_RETURN_IF_ERROR(Encode(last_time_ + 1));
    }
    if (av_frame_make_writable(frame_.get()) < 0) return TooLarge("{}: out of memory for a frame", name_);
    SINEW_RETURN_IF_ERROR(from_bgr_.Convert(frame, name_, frame_.get()));
    return Encode(time);
  }

  Status Finish(double end_seconds) override {
    end_time_ = std::max(Ticks(end_seconds), last_time_ + 1);
    if (container_->timing == Timing::kRepeated && last_time_ >= 0) {
      while (last_time_ + 1 < end_time_) SINEW_RETURN_IF_ERROR(Encode(last_time_ + 1));
    }
    SINEW_RETURN_IF_ERROR(Drain(avcodec_send_frame(codec_.get(), nullptr)));
    CopySoundUntil(static_cast<double>(end_time_) * av_q2d(codec_->time_base));
    const int code = av_write_trailer(output_.get());
    avio_flush(file_->context());
    return Check(code);
  }

  int64_t frames() const override { return packets_; }
  std::string remark() const override { return remark_; }

 private:
  Status OpenWith(const std::optional<Sound>& sound) {
    sound_.reset();
    codec_.reset();
    output_.reset();
    SINEW_ASSIGN_OR_RETURN(file_, FfmpegIo::Write(fd_));
    AVFormatContext* output = nullptr;
    if (avformat_alloc_output_context2(&output, nullptr, container_->muxer, nullptr) < 0)
      return Unsupported("{}: FFmpeg here cannot write {}", name_, container_->suffix);
    output_.reset(output);
    output->pb = file_->context();
    // Two runs give the same bytes.
    output->flags |= AVFMT_FLAG_BITEXACT;
    SINEW_RETURN_IF_ERROR(OpenEncoder());
    stream_ = avformat_new_stream(output, nullptr);
    if (stream_ == nullptr || avcodec_parameters_from_context(stream_->codecpar, codec_.get()) < 0)
      return TooLarge("{}: out of memory", name_);
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = codec_->framerate;
    stream_->sample_aspect_ratio = codec_->sample_aspect_ratio;
    if (sound) OpenSound(*sound);
    SINEW_RETURN_IF_ERROR(TruncateDescriptor(fd_, name_, 0));
    const FfmpegSays says;
    const int code = avformat_write_header(output, nullptr);
    if (code < 0 && file_->status().ok()) return Unsupported("{}: cannot be begun: {}", name_, says.Explain(code));
    return Check(code);
  }

  Status OpenEncoder() {
    for (const Encoder* const encoder : container_->encoders) {
      const AVCodec* const codec = encoder == nullptr ? nullptr : avcodec_find_encoder_by_name(encoder->name);
      if (codec != nullptr) return OpenEncoder(*encoder, codec);
    }
    return Unsupported("{}: FFmpeg here has no encoder for {} ({})", name_, container_->suffix,
                       container_->encoders[0]->name);
  }

  Status OpenEncoder(const Encoder& encoder, const AVCodec* codec) {
    const auto even = [&encoder](int side) { return encoder.even_sizes ? side + side % 2 : side; };
    codec_.reset(avcodec_alloc_context3(codec));
    frame_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!codec_ || !frame_ || !packet_) return TooLarge("{}: out of memory", name_);
    AVCodecContext& c = *codec_;
    c.width = even(format_.width);
    c.height = even(format_.height);
    c.pix_fmt = AV_PIX_FMT_YUV420P;
    c.framerate = av_d2q(format_.frames_per_second, 60000);
    c.time_base = container_->timing == Timing::kTimes ? AVRational{1, encoder.ticks} : av_inv_q(c.framerate);
    c.sample_aspect_ratio = av_d2q(format_.pixel_aspect, 4096);
    const Colors colors = WrittenColors(c.width, c.height);
    const bool high_definition = colors.matrix == AVCOL_SPC_BT709;
    c.colorspace = colors.matrix;
    c.color_range = AVCOL_RANGE_MPEG;
    c.color_primaries = high_definition ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    c.color_trc = high_definition ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    c.thread_count = 0;  // as many as the encoder likes
    c.flags |= AV_CODEC_FLAG_BITEXACT;
    if ((output_->oformat->flags & AVFMT_GLOBALHEADER) != 0) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    for (const Option& option : encoder.options) {
      if (option.name == nullptr) break;
      if (std::string_view(option.name) == "qscale") {
        c.flags |= AV_CODEC_FLAG_QSCALE;
        c.global_quality = std::atoi(option.value) * FF_QP2LAMBDA;
      } else if (av_opt_set(&c, option.name, option.value, AV_OPT_SEARCH_CHILDREN) < 0) {
        return Internal("{}: {} knows no option {}", name_, encoder.name, option.name);
      }
    }
    const FfmpegSays says;
    const int code = avcodec_open2(&c, codec, nullptr);
    if (code < 0)
      return Unsupported("{}: {} cannot encode frames of {}x{}: {}", name_, encoder.name, c.width, c.height,
                         says.Explain(code));
    frame_->format = c.pix_fmt;
    frame_->width = c.width;
    frame_->height = c.height;
    frame_->colorspace = c.colorspace;
    frame_->color_range = c.color_range;
    frame_->color_primaries = c.color_primaries;
    frame_->color_trc = c.color_trc;
    frame_->sample_aspect_ratio = c.sample_aspect_ratio;
    if (av_frame_get_buffer(frame_.get(), 0) < 0) return TooLarge("{}: out of memory for a frame", name_);
    return Status();
  }

  void OpenSound(const Sound& sound) {
    Result<std::unique_ptr<SoundCopy>> copy = SoundCopy::Open(sound.path, sound.begin_seconds, output_.get());
    if (copy.ok()) {
      sound_ = std::move(*copy);  // null where the file has none
    } else {
      remark_ = fmt::format("the video is without sound: {}", copy.status().message());
    }
  }

  int64_t Ticks(double seconds) const {
    const double ticks = seconds / av_q2d(codec_->time_base);
    return std::isfinite(ticks) && std::fabs(ticks) < 1e15 ? std::llround(ticks) : 0;
  }

  // The frame as it is, at `time`.
  Status Encode(int64_t time) {
    last_time_ = time;
    frame_->pts = time;
    frame_->pict_type = AV_PICTURE_TYPE_NONE;
    return Drain(avcodec_send_frame(codec_.get(), frame_.get()));
  }

  // Writes what the encoder has ready after it was given a frame, or told of the end, with the answer `code`.
  Status Drain(int code) {
    if (code < 0) return IoError("{}: the frame cannot be encoded: {}", name_, FfmpegMessage(code));
    for (;;) {
      code = avcodec_receive_packet(codec_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return Status();
      if (code < 0) return IoError("{}: the frame cannot be encoded: {}", name_, FfmpegMessage(code));
      if (packet_->pts == last_time_ && end_time_ > last_time_) packet_->duration = end_time_ - last_time_;
      if (packet_->duration <= 0)
        packet_->duration = std::max<int64_t>(1, Ticks(1 / std::max(1e-3, av_q2d(codec_->framerate))));
      CopySoundUntil(static_cast<double>(packet_->dts) * av_q2d(codec_->time_base));
      packet_->stream_index = stream_->index;
      av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
      ++packets_;
      SINEW_RETURN_IF_ERROR(Check(av_interleaved_write_frame(output_.get(), packet_.get())));
    }
  }

  // Pictures are what the video is for: it goes on without sound that the container does not take.
  void CopySoundUntil(double seconds) {
    if (!sound_) return;
    const int code = sound_->CopyUntil(seconds);
    if (code >= 0 || !file_->status().ok()) return;
    remark_ = fmt::format("the sound of {} ends after {:.1f} seconds: {}", name_, seconds, FfmpegMessage(code));
    sound_.reset();
  }

  // Muxers pass some errors on, and forget others.
  Status Check(int code) const {
    if (!file_->status().ok()) return Prefixed(fmt::format("{}: cannot be written", name_), file_->status());
    if (code < 0) return IoError("{}: cannot be written: {}", name_, FfmpegMessage(code));
    return Status();
  }

  const int fd_;
  const std::string name_;
  const VideoFormat format_;
  const Container* container_ = nullptr;
  std::unique_ptr<FfmpegIo> file_;  // before output_, which writes to it
  OutputContainerPtr output_;
  AVStream* stream_ = nullptr;
  CodecPtr codec_;
  FramePtr frame_;
  PacketPtr packet_;
  FromBgr from_bgr_;
  std::unique_ptr<SoundCopy> sound_;
  std::string remark_;
  int64_t last_time_ = -1, end_time_ = -1;  // in codec_'s time base
  int64_t packets_ = 0;
};

}  // namespace

Result<std::unique_ptr<VideoEncoder>> EncodeWithFfmpeg(int fd, const std::filesystem::path& path,
                                                       const VideoFormat& format, const std::optional<Sound>& sound) {
  SINEW_ASSIGN_OR_RETURN(const Container* const container, FindContainer(path));
  auto encoder = std::make_unique<FfmpegEncoder>(fd, path, format);
  SINEW_RETURN_IF_ERROR(encoder->Open(*container, sound));
  return std::unique_ptr<VideoEncoder>(std::move(encoder));
}

}  // namespace sinew::media
