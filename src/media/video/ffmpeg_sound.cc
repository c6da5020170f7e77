// A second demuxer on the file with the sound.
#include "media/video/ffmpeg_sound.h"

#include <cmath>
#include <utility>

#include "base/error.h"
#include "media/video/ffmpeg_log.h"

namespace sinew::media {

Result<std::unique_ptr<SoundCopy>> SoundCopy::Open(const std::filesystem::path& path, double begin_seconds,
                                                   AVFormatContext* container) {
  std::unique_ptr<SoundCopy> copy(new SoundCopy);
  SINEW_ASSIGN_OR_RETURN(copy->file_, FfmpegIo::Open(path, {}));
  AVFormatContext* input = avformat_alloc_context();
  copy->packet_.reset(av_packet_alloc());
  if (input == nullptr || !copy->packet_) return TooLarge("{}: out of memory", path.string());
  input->pb = copy->file_->context();
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "protocol_whitelist", "none", 0);
  const FfmpegSays says;
  int code = avformat_open_input(&input, nullptr, nullptr, &settings);
  av_dict_free(&settings);
  if (code < 0) return Corrupt("{}: cannot be read: {}", path.string(), says.Explain(code));
  copy->input_.reset(input);
  code = avformat_find_stream_info(input, nullptr);
  if (code < 0) return Corrupt("{}: cannot be read: {}", path.string(), says.Explain(code));
  const int index = av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (index < 0) return std::unique_ptr<SoundCopy>();
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    if (static_cast<int>(i) != index) input->streams[i]->discard = AVDISCARD_ALL;
  }
  copy->from_ = input->streams[index];
  const AVCodecParameters* const sound = copy->from_->codecpar;
  // Negative: the container has no list, and says when its header is written.
  if (container->oformat->audio_codec == AV_CODEC_ID_NONE ||
      avformat_query_codec(container->oformat, sound->codec_id, FF_COMPLIANCE_NORMAL) == 0) {
    return Unsupported("{} holds no {}, the sound of {}", container->oformat->long_name,
                       avcodec_get_name(sound->codec_id), path.string());
  }
  copy->output_ = container;
  copy->to_ = avformat_new_stream(container, nullptr);
  if (copy->to_ == nullptr || avcodec_parameters_copy(copy->to_->codecpar, sound) < 0)
    return TooLarge("{}: out of memory", path.string());
  copy->to_->codecpar->codec_tag = 0;  // the container's own
  copy->to_->time_base = copy->from_->time_base;
  copy->begin_ = std::llround(begin_seconds / av_q2d(copy->from_->time_base));
  return copy;
}

// A packet that is heard after the beginning, if only its end is: the first of a track may hold what its decoder needs.
bool SoundCopy::ReadPacket() {
  while (!ended_ && !full_) {
    if (av_read_frame(input_.get(), packet_.get()) < 0) {
      ended_ = true;
    } else if (packet_->stream_index != from_->index || packet_->pts == AV_NOPTS_VALUE ||
               packet_->pts + packet_->duration < begin_) {
      av_packet_unref(packet_.get());
    } else {
      full_ = true;
    }
  }
  return full_;
}

int SoundCopy::CopyUntil(double seconds) {
  while (ReadPacket()) {
    if (static_cast<double>(packet_->pts - begin_) * av_q2d(from_->time_base) >= seconds) return 0;
    full_ = false;
    packet_->pts -= begin_;
    if (packet_->dts != AV_NOPTS_VALUE) packet_->dts -= begin_;
    packet_->pos = -1;
    packet_->stream_index = to_->index;
    av_packet_rescale_ts(packet_.get(), from_->time_base, to_->time_base);
    if (const int code = av_interleaved_write_frame(output_, packet_.get()); code < 0) return code;
  }
  return 0;
}

}  // namespace sinew::media
