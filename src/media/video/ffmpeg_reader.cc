// The demuxer, the decoder and the conversion to BGR of one video stream.
#include "media/video/ffmpeg_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/images/orient.h"
#include "media/limits.h"
#include "media/video/ffmpeg_colors.h"
#include "media/video/ffmpeg_io.h"
#include "media/video/ffmpeg_log.h"
#include "media/video/ffmpeg_objects.h"
#include "media/video/part_finder.h"

namespace sinew::media {
namespace {

// What containers claim when they do not know: a frame rate above this is a time base in disguise.
constexpr double kMaxFramesPerSecond = 1000;

// Pixels further from square than this are a mistake in a header.
constexpr double kMaxPixelAspect = 16;

// Smaller packets say that there is no new frame (N-VOPs of MPEG-4 part 2).
constexpr int kLeastPacketBytes = 32;

// Far more packets than any decoder holds back; a stream without frames must not fill the memory.
constexpr size_t kMaxAwaited = 1024;

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

// FFmpeg takes single pictures for videos: "png_pipe", "image2", "ico", ... Animated ones ("gif", "apng") are videos.
bool IsStillPicture(const AVInputFormat& format) {
  const std::string_view name = format.name;
  return name.ends_with("_pipe") || name.starts_with("image2") || name == "ico";
}

class FfmpegReader : public VideoReader {
 public:
  // Live: what comes from a network or a pipe as it happens.
  FfmpegReader(std::string_view name, bool live, const VideoOptions& options)
      : name_(name),
        live_(live),
        limits_(options.limits),
        interrupt_(options.stop, live ? options.timeout_seconds : 0),
        part_(options.part) {}

  // From `io`, or, without it, from `url`.
  Status Open(std::unique_ptr<FfmpegIo> io, const std::string& url) {
    io_ = std::move(io);
    SINEW_RETURN_IF_ERROR(OpenContainer(url));
    SINEW_RETURN_IF_ERROR(OpenDecoder());
    frame_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!frame_ || !packet_) return TooLarge("{}: out of memory", name_);
    if (part_.is_whole()) return Status();
    finder_.emplace(part_);
    return part_.first_byte > 0 ? FindPart() : Status();
  }

  // The rest of the packets, of which none is decoded.
  Result<int64_t> CountPackets() {
    int64_t count = 0;
    for (;;) {
      const int code = ReadPacket();
      if (code == AVERROR(EAGAIN)) continue;
      if (code == AVERROR_EOF && (!io_ || io_->status().ok())) return count;
      if (code < 0) return WaitError(code);
      ++count;
      av_packet_unref(packet_.get());
    }
  }

  VideoFormat format() const override {
    const bool turned = orientation_.rotate % 180 != 0;
    const int width = stream_->codecpar->width, height = stream_->codecpar->height;
    return {turned ? height : width, turned ? width : height, FramesPerSecond(), Upright(PixelAspect(nullptr))};
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
    SINEW_RETURN_IF_ERROR(to_bgr_.Convert(*frame_, name_, frame));
    frame->pixel_aspect = PixelAspect(frame_.get());
    *frame = Oriented(std::move(*frame), orientation_);
    return true;
  }

  Result<bool> Skip() override { return Advance(); }

  std::optional<double> seconds() const override { return seconds_; }
  double duration_seconds() const override { return duration_seconds_; }
  double origin_seconds() const override { return Seconds(StartTime()); }
  bool damaged() const override { return damaged_; }
  VideoStart start() const override { return start_; }
  bool is_cut() const override { return is_cut_; }

 private:
  // Passes over what is before the part. A part without a beginning is empty; damage on the way is told by the part
  // that it is in.
  Status FindPart() {
    do {
      awaited_.clear();
      key_times_.clear();
      stumbled_at_.reset();
      av_packet_unref(packet_.get());
      const int code = ReadPacket();
      if (code >= 0 || code == AVERROR(EAGAIN)) continue;
      is_over_ = true;
      const bool is_end = code == AVERROR_EOF && (!io_ || io_->status().ok());
      const Status status = is_end ? Status() : WaitError(code);
      return status.code() == StatusCode::kCorrupt ? Status() : status;
    } while (!finder_->has_begun());
    is_over_ = is_cut_ = finder_->is_empty();
    if (is_over_) return Status();
    // What is decoded next may be shown before, and belong to the part before.
    constexpr size_t kMostLeading = 64;
    for (int code = 0; code >= 0 || code == AVERROR(EAGAIN); code = ReadPacket()) {
      if (code < 0) continue;
      const bool is_leading = packet_->pts != AV_NOPTS_VALUE && packet_->pts <= *finder_->begin();
      PacketPtr packet(av_packet_alloc());
      if (!packet) return TooLarge("{}: out of memory", name_);
      av_packet_move_ref(packet.get(), packet_.get());
      ahead_.push_back(std::move(packet));
      if (!is_leading || ahead_.size() > kMostLeading) break;
    }
    start_.frames = finder_->frames_before();
    start_.first_seconds = part_.first_seconds;
    start_.last_seconds = Seconds(finder_->last_before().value_or(0) - StartTime());
    return Status();
  }

  // Whether the frame that was just decoded is of another part: of one before, which is passed over, or of the next.
  bool IsBeforePart() const {
    return finder_ && finder_->begin() && frame_->pts != AV_NOPTS_VALUE && frame_->pts < *finder_->begin();
  }
  bool IsBehindPart() const {
    return finder_ && finder_->end() && frame_->pts != AV_NOPTS_VALUE && frame_->pts >= *finder_->end();
  }

  // The next part counts its frames from here on.
  Result<bool> EndPart() {
    is_over_ = is_cut_ = true;
    if (frames_ == finder_->frames()) return false;
    return Corrupt(
        "{}: of the {} frames from {} on, {} could be decoded: the numbers of later ones are those of a video without "
        "damage; read it whole, by --split-videos 0",
        name_, finder_->frames(), start_.frames, frames_);
  }

  Status OpenContainer(const std::string& url) {
    AVFormatContext* format = avformat_alloc_context();
    if (format == nullptr) return TooLarge("{}: out of memory", name_);
    format->interrupt_callback = {Interrupt::Callback, &interrupt_};
    AVDictionary* settings = nullptr;
    if (io_) {
      format->pb = io_->context();
      // What the file names (playlists, references to other media) is not to be fetched.
      av_dict_set(&settings, "protocol_whitelist", "none", 0);
    } else {
      av_dict_set(&settings, "rtsp_flags", "prefer_tcp", 0);
    }
    const FfmpegSays says;
    const int code = avformat_open_input(&format, io_ ? nullptr : url.c_str(), nullptr, &settings);
    av_dict_free(&settings);
    if (code < 0) return OpenError(code, says);  // FFmpeg has freed the context
    format_.reset(format);
    if (io_ && IsStillPicture(*format->iformat)) return Unsupported("{}: holds a picture and no video", name_);
    // A cover picture is not a video.
    for (unsigned i = 0; i < format->nb_streams; ++i) {
      AVStream& stream = *format->streams[i];
      if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) stream.discard = AVDISCARD_ALL;
    }
    SINEW_RETURN_IF_ERROR(FindStreamInfo());
    const int index = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0 || (format->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
      return Unsupported("{}: holds no video", name_);
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
    const FfmpegSays says;
    const int code = avformat_find_stream_info(format_.get(), settings.empty() ? nullptr : settings.data());
    for (AVDictionary*& one : settings) av_dict_free(&one);
    return code < 0 ? OpenError(code, says) : Status();
  }

  Status OpenDecoder() {
    const AVCodec* const codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    if (codec == nullptr)
      return Unsupported("{}: FFmpeg has no decoder for {}", name_, avcodec_get_name(stream_->codecpar->codec_id));
    codec_.reset(avcodec_alloc_context3(codec));
    if (!codec_) return TooLarge("{}: out of memory", name_);
    const FfmpegSays says;
    int code = avcodec_parameters_to_context(codec_.get(), stream_->codecpar);
    if (code >= 0) {
      codec_->pkt_timebase = stream_->time_base;
      codec_->max_pixels = limits_.max_pixels;
      codec_->thread_count = 0;  // one a processor
      // Finds more damage; what fails these checks is still decoded as far as it goes.
      codec_->err_recognition |= AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_CAREFUL;
      if (live_) {
        // Decoding frames side by side would hold back as many as there are threads.
        codec_->thread_type = FF_THREAD_SLICE;
        codec_->flags |= AV_CODEC_FLAG_LOW_DELAY;
      }
      code = avcodec_open2(codec_.get(), codec, nullptr);
    }
    if (code < 0) return Unsupported("{}: the {} decoder cannot be opened: {}", name_, codec->name, says.Explain(code));
    const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(codec_->codec_id);
    const AVCodecID id = codec_->codec_id;
    awaits_packets_ = id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC || id == AV_CODEC_ID_MPEG4;
    intra_only_ = descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
    return Status();
  }

  // The status of a wait for data that FFmpeg ended with `code`.
  Status WaitError(int code) const {
    if (interrupt_.stopped()) return Cancelled("{}: stopped", name_);
    if (interrupt_.timed_out()) return Unavailable("{}: no data for {} seconds", name_, interrupt_.timeout_seconds());
    if (!io_) return Unavailable("{}: {}", name_, FfmpegMessage(code));
    if (!io_->status().ok()) return Prefixed(name_, io_->status());
    return Corrupt("{}: cannot be read on: {}", name_, FfmpegMessage(code));
  }

  Status OpenError(int code, const FfmpegSays& says) const {
    const bool file = io_ && io_->status().ok() && !interrupt_.stopped() && !interrupt_.timed_out();
    if (file)
      return Corrupt("{}: is not a video that FFmpeg can read, or it is truncated: {}", name_, says.Explain(code));
    return WaitError(code);
  }

  // Moves to the next frame. Undecodable frames before the first good one are passed over where frames build on one
  // another: recordings and streams may begin in the middle.
  Result<bool> Advance() {
    while (!is_over_) {
      const Result<bool> more = Decode();
      if (more.ok() && *more) {
        if (IsBeforePart()) continue;
        if (IsBehindPart()) return EndPart();
        ++frames_;
        const int64_t time = frame_->best_effort_timestamp;
        seconds_ = time == AV_NOPTS_VALUE ? std::nullopt : std::optional(Seconds(time - StartTime()));
        duration_seconds_ = std::max(0.0, Seconds(frame_->pkt_duration));
        LookForDamage();
        return true;
      }
      if (more.ok()) return End();
      if (more.status().code() != StatusCode::kCorrupt || ended_) return more;
      seconds_ = std::nullopt;
      duration_seconds_ = 0;
      damaged_ = !intra_only_;  // what follows may build on it
      if (frames_ > 0 || intra_only_ || start_.frames > 0) {
        ++frames_;
        return more;
      }
    }
    return false;
  }

  // A frame is damaged where its decoder says that it covered something up, where the container stumbled over its
  // packet, where a frame before it never came out; and so are those that may build on it, up to the next key frame.
  void LookForDamage() {
    const int64_t time = frame_->pts != AV_NOPTS_VALUE ? frame_->pts : frame_->pkt_dts;
    const bool lost = LostFrame(time) && frames_ > 1;
    bool harmed = lost || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0;
    if (stumbled_at_ && (time == AV_NOPTS_VALUE || time >= *stumbled_at_)) {
      harmed = true;
      stumbled_at_.reset();
    }
    const bool key = IsKeyFrame(time);
    damaged_ = harmed || (damaged_ && !intra_only_ && !key);
  }

  // What the container announced as a key frame and the decoder took for one: a damaged frame can look like one.
  bool IsKeyFrame(int64_t time) {
    if (time == AV_NOPTS_VALUE) return frame_->key_frame != 0;
    const bool announced = key_times_.contains(time);
    key_times_.erase(key_times_.begin(), key_times_.upper_bound(time));
    return announced && frame_->key_frame != 0;
  }

  // Notes the packet that was just read: its frame is awaited; damage that the container met on the way to it (`says`
  // so, or the packet does) shows from its decoding on.
  void NotePacket(const FfmpegSays& says) {
    const int64_t shown = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    const int64_t decoded = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
    if (!stumbled_at_ && (says.complained() || (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0)) stumbled_at_ = decoded;
    if ((packet_->flags & AV_PKT_FLAG_KEY) != 0 && !intra_only_ && shown != AV_NOPTS_VALUE) key_times_.insert(shown);
    const bool has_frame = (packet_->flags & AV_PKT_FLAG_DISCARD) == 0 && packet_->size >= kLeastPacketBytes;
    if (awaits_packets_ && has_frame && shown != AV_NOPTS_VALUE && awaited_.size() < kMaxAwaited)
      awaited_.insert(shown);
  }

  // Whether a packet that was to be shown before `time` never became a frame. For codecs with one frame a packet.
  bool LostFrame(int64_t time) {
    if (time == AV_NOPTS_VALUE) return false;
    const auto shown = awaited_.lower_bound(time);
    const bool lost = shown != awaited_.begin();
    awaited_.erase(awaited_.begin(), shown != awaited_.end() && *shown == time ? std::next(shown) : shown);
    return lost;
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
      code = TakePacket();
      if (code == AVERROR(EAGAIN)) continue;
      if (code < 0 && code != AVERROR_EOF) read_error_ = WaitError(code);
      const bool draining = code < 0;
      code = avcodec_send_packet(codec_.get(), draining ? nullptr : packet_.get());
      av_packet_unref(packet_.get());
      if (code < 0 && !draining) return Damaged(code);
    }
  }

  // The next to be decoded.
  int TakePacket() {
    if (ahead_.empty()) return ReadPacket();
    av_packet_move_ref(packet_.get(), ahead_.front().get());
    ahead_.pop_front();
    return 0;
  }

  // A packet of the stream; AVERROR(EAGAIN) for one of another stream.
  int ReadPacket() {
    interrupt_.Restart();
    const FfmpegSays says;
    const int code = av_read_frame(format_.get(), packet_.get());
    if (code < 0) return interrupt_.stopped() || interrupt_.timed_out() ? AVERROR_EXIT : code;
    if (packet_->stream_index != stream_->index) {
      av_packet_unref(packet_.get());
      return AVERROR(EAGAIN);
    }
    NotePacket(says);
    if (finder_) {
      // Those of MPEG-4 part 2 that may stand for no frame cannot be counted.
      const bool has_time = packet_->pts != AV_NOPTS_VALUE &&
                            !(codec_->codec_id == AV_CODEC_ID_MPEG4 && packet_->size < kLeastPacketBytes);
      finder_->Add({has_time ? std::optional(packet_->pts) : std::nullopt, (packet_->flags & AV_PKT_FLAG_KEY) != 0,
                    (packet_->flags & AV_PKT_FLAG_DISCARD) == 0, static_cast<uint64_t>(packet_->size)});
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
    if (frames_ == 0 && start_.frames == 0) return Corrupt("{}: has no frame that can be decoded", name_);
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

  // Width of a pixel over its height, of a frame as it is stored.
  double PixelAspect(AVFrame* frame) const {
    const AVRational aspect = av_guess_sample_aspect_ratio(format_.get(), stream_, frame);
    if (aspect.num <= 0 || aspect.den <= 0) return 1;
    const double value = av_q2d(aspect);
    return value > kMaxPixelAspect || value < 1 / kMaxPixelAspect ? 1 : value;
  }
  double Upright(double aspect) const { return orientation_.rotate % 180 == 0 ? aspect : 1 / aspect; }

  double FramesPerSecond() const {
    for (const AVRational rate : {av_guess_frame_rate(format_.get(), stream_, nullptr), stream_->avg_frame_rate}) {
      if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= kMaxFramesPerSecond) return av_q2d(rate);
    }
    return 0;
  }
  int64_t StartTime() const { return stream_->start_time == AV_NOPTS_VALUE ? 0 : stream_->start_time; }
  double Seconds(int64_t time) const { return static_cast<double>(time) * av_q2d(stream_->time_base); }

  const std::string name_;
  const bool live_;
  const ImageLimits limits_;
  Interrupt interrupt_;           // before format_, which asks it until it is closed
  std::unique_ptr<FfmpegIo> io_;  // before format_, too
  InputContainerPtr format_;
  AVStream* stream_ = nullptr;
  CodecPtr codec_;
  FramePtr frame_;
  PacketPtr packet_;
  ToBgr to_bgr_;
  Orientation orientation_;
  bool intra_only_ = false;
  bool awaits_packets_ = false;
  std::set<int64_t> awaited_;           // the times of packets whose frames have not come out
  std::set<int64_t> key_times_;         // of announced key frames that have not come out
  std::optional<int64_t> stumbled_at_;  // frames from this time on follow damage that no frame has shown yet
  int64_t frames_ = 0;                  // read, the damaged ones included
  double end_seconds_ = 0;              // when the last packet's frame ends
  std::optional<double> seconds_;       // of the current frame
  double duration_seconds_ = 0;
  bool damaged_ = false;
  Status read_error_;  // ended the reading; shown when the decoder is empty
  bool ended_ = false;
  const VideoPart part_;
  std::optional<PartFinder> finder_;  // of a part
  std::deque<PacketPtr> ahead_;       // read beyond its beginning
  VideoStart start_;
  bool is_over_ = false, is_cut_ = false;  // the part's last frame was read; the video goes on
};

}  // namespace

Result<std::unique_ptr<VideoReader>> OpenFileWithFfmpeg(const std::filesystem::path& path, std::string_view name,
                                                        const VideoOptions& options) {
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<FfmpegIo> io, FfmpegIo::Open(path, options.stop));
  auto reader = std::make_unique<FfmpegReader>(name, /*live=*/false, options);
  SINEW_RETURN_IF_ERROR(reader->Open(std::move(io), {}));
  return std::unique_ptr<VideoReader>(std::move(reader));
}

Result<std::unique_ptr<VideoReader>> OpenBytesWithFfmpeg(std::unique_ptr<ByteSource> source, std::string_view name,
                                                         const VideoOptions& options) {
  const bool live = !source->size_bytes();
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<FfmpegIo> io, FfmpegIo::Stream(std::move(source)));
  VideoOptions patient = options;
  patient.timeout_seconds = 0;  // the source's matter
  auto reader = std::make_unique<FfmpegReader>(name, live, patient);
  SINEW_RETURN_IF_ERROR(reader->Open(std::move(io), {}));
  return std::unique_ptr<VideoReader>(std::move(reader));
}

Result<std::unique_ptr<VideoReader>> OpenUrlWithFfmpeg(const std::string& url, std::string_view name,
                                                       const VideoOptions& options) {
  auto reader = std::make_unique<FfmpegReader>(name, /*live=*/true, options);
  SINEW_RETURN_IF_ERROR(reader->Open(nullptr, url));
  return std::unique_ptr<VideoReader>(std::move(reader));
}

Result<int64_t> CountFrames(int fd, std::string_view name) {
  const auto open = [&]() -> Result<std::unique_ptr<FfmpegReader>> {
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<FfmpegIo> io, FfmpegIo::Read(fd));
    auto reader = std::make_unique<FfmpegReader>(name, /*live=*/false, VideoOptions());
    SINEW_RETURN_IF_ERROR(reader->Open(std::move(io), {}));
    return reader;
  };
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<FfmpegReader> decoding, open());
  SINEW_ASSIGN_OR_RETURN(const bool decoded, decoding->Skip());
  if (!decoded) return 0;
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<FfmpegReader> counting, open());
  return counting->CountPackets();
}

}  // namespace sinew::media
