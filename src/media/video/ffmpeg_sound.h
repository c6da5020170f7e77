// The sound of a video, copied packet by packet beside the pictures of another.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "media/video/ffmpeg_io.h"
#include "media/video/ffmpeg_objects.h"

namespace sinew::media {

// Nothing is decoded: the copy is the sound as it was. One thread at a time.
class SoundCopy {
 public:
  // The best sound track of the file; null where it has none. Adds a stream to `container`, whose header is not written
  // yet. kUnsupported where `container` cannot hold it; other errors where the file cannot be read.
  // `begin_seconds`, on the clock of the file's container, becomes 0.
  static Result<std::unique_ptr<SoundCopy>> Open(const std::filesystem::path& path, double begin_seconds,
                                                 AVFormatContext* container);

  // Writes the packets that begin before `seconds`. The negative code of FFmpeg that the container answered with.
  int CopyUntil(double seconds);

 private:
  SoundCopy() = default;
  bool ReadPacket();

  std::unique_ptr<FfmpegIo> file_;  // before input_, which reads from it
  InputContainerPtr input_;
  AVFormatContext* output_ = nullptr;
  const AVStream* from_ = nullptr;
  AVStream* to_ = nullptr;
  int64_t begin_ = 0;  // in from_'s time base
  PacketPtr packet_;   // with a packet that its time has not come for
  bool full_ = false, ended_ = false;
};

}  // namespace sinew::media
