// Frames out of inputs, whatever they are: what a pipeline begins with.
//
//   auto source = OpenInputs(ExpandInputs(arguments, {}, &skipped), options);
//   Frame frame;
//   while ((*source)->Next(&frame).value()) ...
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/images/image.h"
#include "media/images/orient.h"
#include "media/input_sequence.h"
#include "media/inputs.h"
#include "media/stop.h"
#include "media/video/frame_selection.h"

namespace sinew::media {

// A picture or a frame of a video.
struct Frame {
  Image image;  // upright; empty where there is an error
  // The name of its input, what that is (of standard input: a picture or a video), and its place among all inputs, of
  // all shards, where prefixes stand for what is below them.
  std::string source;
  InputKind kind = InputKind::kPicture;
  size_t input = 0;
  // Which of the inputs that were given it is, or is below: another number than `input` behind a prefix.
  size_t argument = 0;
  // Within its input, from 0; frames that were skipped or dropped count.
  int64_t number = 0;
  // When it is to be shown, from the beginning of its input. Of a video: as the container tells; the number divided by
  // the frame rate where that is missing or does not increase. Of a camera or a live stream: when it came. Nothing for
  // a picture, and where nobody knows.
  std::optional<double> seconds;
  // Of the input's selected frames: its own rate divided by the step. 0 for a picture, and where nobody knows.
  double frames_per_second = 0;
  // Of a video: how long the frame is to be shown (times the step), 0 where nobody knows; and what the container's
  // clock shows at second 0 of `seconds`, for sound that runs beside.
  double duration_seconds = 0, origin_seconds = 0;
  // The picture is known to show something else than what was recorded (VideoReader::damaged).
  bool damaged = false;
  // Of an object below a prefix of a store: its size and its ETag (Input).
  int64_t object_bytes = -1;
  std::string object_etag;
  // Not empty: why there is no picture. It names the input.
  std::string error;
};

// How cameras, network streams and standard input are read. A stream with a known length (a video file behind http://)
// is read like a file.
struct LiveOptions {
  // Frames that come while the last one is worked on are dropped, but for the newest. Otherwise none is, and a stream
  // falls behind where it is faster than the work.
  bool real_time = false;
  // A stream that breaks off is opened again: at most so often in a row without a frame, 0 for never, after waits that
  // double from `first_wait_seconds` up to `max_wait_seconds`. One that cannot be opened at first is an error at once.
  int reconnect_attempts = 5;
  double first_wait_seconds = 0.5, max_wait_seconds = 30;
  // Without data for so long, a stream counts as broken.
  double timeout_seconds = 10;
};

struct SourceOptions {
  ImageLimits limits;
  FrameSelection frames;    // of everything but pictures, which are always taken
  Orientation orientation;  // after what the files' own metadata ask for
  LiveOptions live;
  // Once true, Next returns false as soon as it can.
  StopCheck stop;
  // Which of the inputs are taken.
  Shard shard;
  // Told what lies below prefixes (InputKind::kPrefix) and is not an input, on the thread that reads.
  std::function<void(SkippedFile)> skipped;
};

// One thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // Fills `frame` and returns true, or false after the last frame. An error ends the source.
  virtual Result<bool> Next(Frame* frame) = 0;
  // The same without the frame's picture where that saves time: whether a picture can be read does not show.
  virtual Result<bool> NextWithoutPicture(Frame* frame) { return Next(frame); }
  // How often Next will return true, all in all, as far as one can tell before: for a progress bar.
  virtual std::optional<int64_t> expected_frames() = 0;
  // With real_time: how many frames were dropped so far.
  virtual int64_t dropped_frames() const { return 0; }
  // After the last frame: how many pictures and videos there were, those of other shards counted. -1 where nobody
  // knows.
  virtual int64_t places() const { return -1; }
};

// All inputs, one after the other, each opened when its turn comes. What is wrong with one of them (that it cannot be
// opened, a damaged frame, a truncated file) arrives as a Frame with an error, and the next one follows: its Next never
// fails. kInvalidArgument for options that make no sense.
Result<std::unique_ptr<Source>> OpenInputs(std::vector<Input> inputs, const SourceOptions& options = {});

}  // namespace sinew::media
