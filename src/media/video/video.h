// Videos, cameras and network streams in, videos out: frame by frame, through the backend (backend.h).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "media/byte_source.h"
#include "media/extension.h"
#include "media/images/image.h"
#include "media/stop.h"

namespace sinew::media {

struct VideoFormat {
  int width = 0, height = 0;
  double frames_per_second = 0;  // 0 where nobody knows; of a written video: its usual rate
  double pixel_aspect = 1;       // width of a pixel over its height
};

// A part of a video file that is read by itself: from the first key frame behind `first_byte` of the packets to the
// first one behind `end_byte`. Parts that meet have all frames of the video, each once; where key frames are rare, or
// frames have no times, some parts are empty. What lies before a part is read, but not decoded.
struct VideoPart {
  uint64_t first_byte = 0;
  std::optional<uint64_t> end_byte = std::nullopt;  // nothing: to the end
  double first_seconds = 0;                         // of the video's first frame; OpenVideo finds it out

  bool is_whole() const { return first_byte == 0 && !end_byte; }
};

struct VideoOptions {
  ImageLimits limits;
  // A network stream that sends nothing for so long is given up; 0: never.
  double timeout_seconds = 0;
  // Asked while a file or a stream makes the reader wait; once true, the call in progress ends with kCancelled.
  StopCheck stop;
  VideoPart part = {};  // of a file
};

// What lies before a part.
struct VideoStart {
  int64_t frames = 0;
  // When the first of them, and the last, are to be shown, as VideoReader::seconds.
  double first_seconds = 0, last_seconds = 0;
};

// Frames come upright: rotation that the file's metadata asks for has been done. Their size may change on the way. One
// thread at a time.
class VideoReader {
 public:
  virtual ~VideoReader() = default;
  // Of the first frame.
  virtual VideoFormat format() const = 0;
  // As the container tells, which may be wrong; 0 where it does not (cameras and live streams).
  virtual int64_t frame_count_estimate() const = 0;
  // Fills `frame` and returns true, or false after the last frame. kCorrupt: one frame is damaged or, as the last, the
  // file is truncated; the next call reads on. Any other error ends the video.
  virtual Result<bool> Next(Image* frame) = 0;
  // The same without the frame's pixels, which saves their conversion.
  virtual Result<bool> Skip() = 0;
  // When the frame last read or skipped is to be shown, counted from the video's beginning, as the container tells.
  // Nothing where it does not, and for cameras.
  virtual std::optional<double> seconds() const = 0;
  // How long that frame is to be shown; 0 where nobody knows.
  virtual double duration_seconds() const { return 0; }
  // What the container's clock shows at second 0 of seconds(): for sound that runs beside.
  virtual double origin_seconds() const { return 0; }
  // Whether the frame last read is known to show something else than what was recorded: its decoder covered up damage,
  // or it may build on such a frame or on one that is missing (it is one of those up to the next key frame). Damage
  // that leaves a valid stream behind does not show.
  virtual bool damaged() const { return false; }
  // Of a part of a video.
  virtual VideoStart start() const { return {}; }
  // After the last frame: the video goes on, in another part.
  virtual bool is_cut() const { return false; }
};

// The sound of a written video: of the file `path`, which is copied as it is. What its container's clock calls
// `begin_seconds` becomes second 0.
struct Sound {
  std::filesystem::path path;
  double begin_seconds = 0;
};

// One thread at a time. An error is final: the disk is full, ...
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  // Shows `frame` from `seconds` on, counted from the video's beginning; times increase. Where the container knows one
  // rate only (.avi, .y4m), at the nearest place of that rate that is free, and in .y4m the frames between are
  // repeated. kInvalidArgument where the frame has not the video's size.
  virtual Status Write(const Image& frame, double seconds) = 0;
  // The last frame is shown until `end_seconds`. A complete video is read back (it opens, its frames are counted), and
  // has its name afterwards; what was there before is replaced. Another one, and one that was not finished, stays
  // beside it, as PATH.part: playable when finished.
  virtual Status Finish(double end_seconds, bool complete) = 0;
  // Why the video lacks sound that was asked for and that the file has; empty where it does not.
  virtual std::string remark() const = 0;
};

// Errors name the file: kNotFound, kCorrupt or kUnsupported (no video that can be read), kTooLarge, kUnavailable (no
// backend).
Result<std::unique_ptr<VideoReader>> OpenVideo(const std::filesystem::path& path, const VideoOptions& options = {});

// A pipe or a connection: any container that can be read from its beginning to its end.
Result<std::unique_ptr<VideoReader>> OpenVideoBytes(std::unique_ptr<ByteSource> source, std::string_view name,
                                                    const VideoOptions& options = {});

// rtsp://, http:// ...; `name` stands in messages: the URL may hold a password. kUnavailable where nothing answers.
Result<std::unique_ptr<VideoReader>> OpenStream(const std::string& url, std::string_view name,
                                                const VideoOptions& options = {});

// A video4linux device such as /dev/video0.
Result<std::unique_ptr<VideoReader>> OpenCamera(const std::string& device, std::string_view name,
                                                const VideoOptions& options = {});

// The container follows the suffix:
//   .mp4 .m4v .mov .mkv .ts   H.264 (an odd last column or row is written twice: 4:2:0 has pairs), else MPEG-4 part 2
//   .webm                     VP9, else VP8
//   .avi                      MPEG-4 part 2
//   .y4m                      uncompressed
// Colours are BT.709 for high definition and BT.601 below, 8 bits 4:2:0 in the limited range, and tagged.
// kInvalidArgument for another suffix, kUnsupported where this machine's FFmpeg lacks the encoder, kIo where the file
// cannot be written. Nothing is written before all of this is known.
Result<std::unique_ptr<VideoWriter>> CreateVideo(const std::filesystem::path& path, const VideoFormat& format,
                                                 const std::optional<Sound>& sound = std::nullopt,
                                                 const WriteOptions& options = {});

// The errors of CreateVideo that a name alone can have.
Status CheckVideoName(const std::filesystem::path& path);

}  // namespace sinew::media
