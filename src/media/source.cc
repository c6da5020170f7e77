// The list of inputs as one source: opening each kind, and the frames that carry errors.
#include "media/source.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/remote.h"
#include "media/backend.h"
#include "media/content.h"
#include "media/extension.h"
#include "media/images/format.h"
#include "media/live/newest_source.h"
#include "media/live/reconnecting_reader.h"
#include "media/picture_source.h"
#include "media/pipe_source.h"
#include "media/piped.h"
#include "media/standard_input.h"
#include "media/video/video.h"
#include "media/video/video_source.h"

namespace sinew::media {
namespace {

// Videos that are opened beforehand, only to learn their length for a progress bar: each takes milliseconds.
constexpr int kMaxProbedVideos = 32;

// Where what is behind an address may be a picture.
bool IsHttp(std::string_view url) {
  const std::string_view scheme = url.substr(0, url.find("://"));
  const auto is = [scheme](std::string_view name) {
    return std::equal(scheme.begin(), scheme.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
  };
  return is("http") || is("https");
}

Status CheckLive(const LiveOptions& live) {
  if (live.reconnect_attempts < 0)
    return InvalidArgument("a stream cannot be reconnected to {} times", live.reconnect_attempts);
  // Written so that NaN fails as well.
  if (!(live.first_wait_seconds >= 0 && live.max_wait_seconds >= live.first_wait_seconds)) {
    return InvalidArgument("waits between reconnections cannot grow from {} to {} seconds", live.first_wait_seconds,
                           live.max_wait_seconds);
  }
  if (!(live.timeout_seconds >= 0))
    return InvalidArgument("a stream cannot time out after {} seconds", live.timeout_seconds);
  return Status();
}

class InputList : public Source {
 public:
  InputList(std::vector<Input> inputs, const SourceOptions& options)
      : inputs_(std::move(inputs)),
        options_(options),
        sequence_(&inputs_, options.shard, options.stop, options.skipped) {}

  Result<bool> Next(Frame* frame) override { return Advance(frame, /*with_picture=*/true); }
  Result<bool> NextWithoutPicture(Frame* frame) override { return Advance(frame, /*with_picture=*/false); }

  std::optional<int64_t> expected_frames() override {
    if (!counted_) {
      expected_ = Count();
      counted_ = true;
    }
    return expected_;
  }

  int64_t dropped_frames() const override { return dropped_ + (source_ ? source_->dropped_frames() : 0); }
  int64_t places() const override { return ended_ ? sequence_.places() : -1; }

 private:
  const Input& input() const { return item_->input; }

  Result<bool> Advance(Frame* frame, bool with_picture) {
    for (;; Close()) {
      if (IsStopped(options_.stop)) return false;
      item_ = sequence_.Current(/*read_ahead=*/with_picture);
      if (item_ == nullptr) break;
      if (!with_picture && input().kind == InputKind::kPicture && input().status.ok() && !source_ &&
          !IsVideo(input())) {
        *frame = Frame();  // there is nothing to be learned from the file
        Complete(frame);
        Close();
        return true;
      }
      const Result<bool> more = NextOfCurrent(frame, with_picture);
      if (more.status().code() == StatusCode::kCancelled) return false;
      if (more.ok() && !*more) continue;
      if (more.ok()) {
        ++frames_of_current_;
        Complete(frame);
      } else {
        *frame = ErrorFrame(more.status());
        Close();
      }
      return true;
    }
    ended_ = !IsStopped(options_.stop);
    return false;
  }

  // An exception, such as there being too little memory for one picture, ends this input alone.
  Result<bool> NextOfCurrent(Frame* frame, bool with_picture) {
    SINEW_RETURN_IF_ERROR(input().status);
    try {
      if (!source_) {
        SINEW_ASSIGN_OR_RETURN(source_, Open(input()));
      }
      const Result<bool> more = with_picture ? source_->Next(frame) : source_->NextWithoutPicture(frame);
      if (more.ok() && *more && !frame->image.pixels.empty())
        frame->image = Oriented(std::move(frame->image), options_.orientation);
      return more;
    } catch (...) {
      *frame = Frame();
      return Prefixed(input().name, CurrentExceptionStatus());
    }
  }

  void Close() {
    if (source_) dropped_ += source_->dropped_frames();
    source_.reset();
    frames_of_current_ = 0;
    sequence_.Advance();
  }

  // What the source of one input does not know of its frame.
  void Complete(Frame* frame) const {
    frame->source = input().name;
    frame->input = static_cast<size_t>(item_->place);
    frame->argument = item_->argument;
    frame->object_bytes = input().bytes;
    frame->object_etag = input().etag;
    const bool live = input().kind == InputKind::kCamera || input().kind == InputKind::kStream;
    if (live && frame->kind == InputKind::kVideo) frame->kind = input().kind;
  }

  Frame ErrorFrame(const Status& status) const {
    Frame frame;
    frame.source = input().name;
    frame.kind = input().kind;
    frame.input = static_cast<size_t>(item_->place);
    frame.argument = item_->argument;
    frame.object_bytes = input().bytes;
    frame.object_etag = input().etag;
    frame.number = frames_of_current_;
    frame.error = status.message();
    return frame;
  }

  Result<std::unique_ptr<Source>> Open(const Input& input) const {
    switch (input.kind) {
      case InputKind::kPicture:
      case InputKind::kVideo:
        return OpenFile(input);
      case InputKind::kCamera:
        return OpenLive(OpenCameraSource, input);
      case InputKind::kStream:
        return OpenLive(OpenStreamSource, input);
      case InputKind::kStandardInput:
        return OpenLive(OpenStandardInputSource, input);
      case InputKind::kPrefix:
        break;  // the sequence has none
    }
    return Internal("{}: an input of unknown kind", input.name);
  }

  static bool IsVideo(const Input& input) {
    if (IsRemote(input.location)) return false;  // not worth a request; its content tells when it is there
    const Result<InputKind> kind = SniffFileHead(input.location);
    return kind.ok() && *kind == InputKind::kVideo;
  }

  // As its content tells, whatever its name says.
  Result<std::unique_ptr<Source>> OpenFile(const Input& input) const {
    if (IsRemote(input.location)) return OpenRemoteFile(input);
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(input.location, error);
    if (const std::string special = SpecialFileName(status); std::filesystem::exists(status) && !special.empty())
      return InvalidArgument("{}: is {}, no picture and no video", input.name, special);
    if (!IsVideo(input)) {
      SINEW_ASSIGN_OR_RETURN(Image image, ReadImage(input.location, options_.limits));
      return MakePictureSource(std::move(image));
    }
    Result<std::unique_ptr<VideoReader>> reader = OpenVideo(input.location, SettingsOfItem());
    if (reader.status().code() == StatusCode::kCorrupt && !HasVideoExtension(input.location))
      return Unsupported("{}: is neither a picture nor a video that can be read", input.name);
    if (!reader.ok()) return reader.status();
    return MakeVideoSource(std::move(*reader), input.name, Times::kOfContainer, options_);
  }

  // The same for a file of a store: a picture comes whole, of a video the parts that are needed.
  Result<std::unique_ptr<Source>> OpenRemoteFile(const Input& input) const {
    const auto sniff = [](std::string_view bytes) {
      return SniffPicture({reinterpret_cast<const uint8_t*>(bytes.data()), std::min(bytes.size(), kSniffBytes)});
    };
    std::string bytes;
    if (input.kind == InputKind::kPicture) {
      SINEW_ASSIGN_OR_RETURN(bytes, TakeBytes(input.location));
    } else {
      SINEW_ASSIGN_OR_RETURN(bytes, ReadFilePrefix(input.location, kSniffBytes));
      if (sniff(bytes)) {
        SINEW_ASSIGN_OR_RETURN(bytes, TakeBytes(input.location));
      }
    }
    if (bytes.empty()) return Corrupt("{}: the file is empty", input.name);
    if (sniff(bytes) || IsText(std::string_view(bytes).substr(0, kSniffBytes))) {
      SINEW_ASSIGN_OR_RETURN(Image image, DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                                                      input.name, options_.limits));
      return MakePictureSource(std::move(image));
    }
    Result<std::unique_ptr<VideoReader>> reader = OpenVideo(input.location, SettingsOfItem());
    if (reader.status().code() == StatusCode::kCorrupt && !HasVideoExtension(input.location))
      return Unsupported("{}: is neither a picture nor a video that can be read", input.name);
    if (!reader.ok()) return reader.status();
    return MakeVideoSource(std::move(*reader), input.name, Times::kOfContainer, options_);
  }

  Result<std::string> TakeBytes(const std::string& url) const {
    constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 30;
    if (item_->bytes) {
      Result<std::string> bytes = std::exchange(item_->bytes, std::nullopt)->get();
      if (bytes.status().code() != StatusCode::kTooLarge) return bytes;
    }
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(url));
    return remote->Read(url, kMaxPictureBytes, options_.stop);
  }

  VideoOptions SettingsOfItem() const {
    VideoOptions settings = Settings(options_);
    settings.part = item_->part;
    return settings;
  }
  static VideoOptions Settings(const SourceOptions& options) {
    return {options.limits, options.live.timeout_seconds, options.stop};
  }

  using OpenFunction = Result<std::unique_ptr<Source>> (*)(const Input&, const SourceOptions&);

  Result<std::unique_ptr<Source>> OpenLive(OpenFunction open, const Input& input) const {
    if (!options_.live.real_time) return open(input, options_);
    const auto open_until = [&](StopCheck stop) {
      SourceOptions options = options_;
      options.stop = std::move(stop);
      return open(input, options);
    };
    return OpenNewest(open_until, options_.stop);
  }

  static Result<std::unique_ptr<Source>> OpenCameraSource(const Input& input, const SourceOptions& options) {
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<VideoReader> reader,
                           OpenCamera(input.location, input.name, Settings(options)));
    return MakeVideoSource(std::move(reader), input.name, Times::kWhenTheyCome, options);
  }

  // A stream with a known length is a video that happens to be elsewhere: it is not live, and when it ends, it ends.
  static Result<std::unique_ptr<Source>> OpenStreamSource(const Input& input, const SourceOptions& options) {
    if (IsHttp(input.location)) {
      SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
      SINEW_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> bytes,
                             backend->OpenConnection(input.location, input.name, Settings(options)));
      SINEW_ASSIGN_OR_RETURN(std::optional<Image> picture,
                             ReadOnlyPicture(std::move(bytes), input.name, options.limits));
      if (picture) return MakePictureSource(std::move(*picture));
    }
    const OpenReader open = [url = input.location, name = input.name, settings = Settings(options)] {
      return OpenStream(url, name, settings);
    };
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<VideoReader> reader, open());
    const bool live = reader->frame_count_estimate() == 0;
    if (live) reader = MakeReconnecting(std::move(reader), input.name, open, options.live, options.stop);
    return MakeVideoSource(std::move(reader), input.name, live ? Times::kWhenTheyCome : Times::kOfContainer, options);
  }

  static Result<std::unique_ptr<Source>> OpenStandardInputSource(const Input& input, const SourceOptions& options) {
    if (input.location == "-") return OpenStandardInput(STDIN_FILENO, input.name, options);
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<PipeSource> pipe, PipeSource::Open(input.location, options.stop));
    return OpenPiped(std::move(pipe), input.name, options);
  }

  // Without opening anything but videos.
  std::optional<int64_t> Count() const {
    int64_t total = 0;
    int videos = 0;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Input& input = inputs_[i];
      if (input.kind == InputKind::kPrefix) return std::nullopt;
      const bool may_be_divided = options_.shard.count > 1 && options_.shard.video_bytes > 0;
      if (may_be_divided && input.kind == InputKind::kVideo) return std::nullopt;
      if (static_cast<int64_t>(i) % options_.shard.count != options_.shard.number - 1) continue;
      if (!input.status.ok() || input.kind == InputKind::kPicture) {
        ++total;
      } else if (input.kind != InputKind::kVideo || ++videos > kMaxProbedVideos) {
        return std::nullopt;
      } else if (const auto reader = OpenVideo(input.location, Settings(options_)); !reader.ok()) {
        ++total;  // its error
      } else if ((*reader)->frame_count_estimate() == 0) {
        return std::nullopt;
      } else {
        total += options_.frames.CountOf((*reader)->frame_count_estimate());
      }
    }
    return total;
  }

  const std::vector<Input> inputs_;
  const SourceOptions options_;
  InputSequence sequence_;
  SequenceItem* item_ = nullptr;    // the current one
  std::unique_ptr<Source> source_;  // of item_, once opened
  int64_t frames_of_current_ = 0;
  int64_t dropped_ = 0;  // by the sources before
  bool ended_ = false;
  bool counted_ = false;
  std::optional<int64_t> expected_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenInputs(std::vector<Input> inputs, const SourceOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckSelection(options.frames));
  SINEW_RETURN_IF_ERROR(CheckOrientation(options.orientation));
  SINEW_RETURN_IF_ERROR(CheckLive(options.live));
  if (options.shard.count < 1 || options.shard.number < 1 || options.shard.number > options.shard.count)
    return InvalidArgument("there is no part {} of {}", options.shard.number, options.shard.count);
  if (options.shard.video_bytes < 0)
    return InvalidArgument("a video cannot be divided into parts of {} bytes", options.shard.video_bytes);
  if (options.limits.max_pixels < 1)
    return InvalidArgument("the limit of {} pixels leaves no picture (--max-pixels)", options.limits.max_pixels);
  return std::unique_ptr<Source>(std::make_unique<InputList>(std::move(inputs), options));
}

}  // namespace sinew::media
