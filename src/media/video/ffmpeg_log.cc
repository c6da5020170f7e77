// FFmpeg's log callback.
#include "media/video/ffmpeg_log.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/error.h"
#include "media/video/ffmpeg_objects.h"

namespace sinew::media {
namespace {

thread_local FfmpegSays* listener = nullptr;

void Listen(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING || listener == nullptr) return;
  std::array<char, 512> line;
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text = line.data();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.')) text.pop_back();
  // "Packet corrupt", says the demuxer of transport streams, is a warning.
  if (level <= AV_LOG_ERROR || text.find("corrupt") != std::string::npos) ListenToFfmpeg(listener, text);
}

}  // namespace

void ListenToFfmpeg(FfmpegSays* says, const std::string& line) {
  says->complained_ = true;
  // An address may hold a password; and a piece of a line explains nothing.
  if (line.find("://") == std::string::npos && line.find(' ') != std::string::npos) says->last_ = line;
}

void CatchFfmpegLog() { av_log_set_callback(Listen); }

FfmpegSays::FfmpegSays() : outer_(listener) { listener = this; }
FfmpegSays::~FfmpegSays() { listener = outer_; }

std::string FfmpegSays::Explain(int code) const {
  const std::string words = FfmpegMessage(code);
  return last_.empty() || last_ == words ? words : fmt::format("{} ({})", words, last_);
}

}  // namespace sinew::media
