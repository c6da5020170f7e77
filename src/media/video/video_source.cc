// A video as a source of frames.
#include "media/video/video_source.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace sinew::media {
namespace {

class VideoSource : public Source {
 public:
  VideoSource(std::unique_ptr<VideoReader> reader, std::string name, Times times, const SourceOptions& options)
      : reader_(std::move(reader)),
        name_(std::move(name)),
        times_(times),
        selection_(options.frames),
        stop_(options.stop),
        frames_per_second_(reader_->format().frames_per_second) {
    const VideoStart start = reader_->start();
    if (start.frames == 0) return;
    number_ = start.frames;
    taken_any_ = selection_.first < number_;
    first_seconds_ = std::isfinite(start.first_seconds) ? start.first_seconds : 0;
    last_seconds_ = start.last_seconds - first_seconds_;
  }

  Result<bool> Next(Frame* frame) override { return Advance(frame, /*with_picture=*/true); }
  Result<bool> NextWithoutPicture(Frame* frame) override { return Advance(frame, /*with_picture=*/false); }

  std::optional<int64_t> expected_frames() override {
    const int64_t total = reader_->frame_count_estimate();
    return total > 0 ? std::optional(selection_.CountOf(total)) : std::nullopt;
  }

 private:
  Result<bool> Advance(Frame* frame, bool with_picture) {
    Status passed_over;  // of the frame before, where it was not taken
    for (;; ++number_) {
      if (selection_.IsPast(number_) || IsStopped(stop_)) return false;
      const bool taken = selection_.Takes(number_);
      const Result<bool> more = taken && with_picture ? reader_->Next(&frame->image) : reader_->Skip();
      if (more.status().code() == StatusCode::kCancelled) return false;
      if (!more.ok() && more.status().code() != StatusCode::kCorrupt) return more;
      // That a file is truncated is worth telling even if no frame was to be taken there.
      if (more.ok() && !*more) return passed_over.ok() ? End() : passed_over;
      const std::optional<double> seconds = Time();
      passed_over = taken ? Status() : more.status();
      if (!taken) continue;
      taken_any_ = true;
      if (!more.ok() || !with_picture) frame->image = Image();
      frame->error = more.status().message();
      frame->kind = InputKind::kVideo;
      frame->number = number_++;
      frame->seconds = seconds;
      frame->duration_seconds = reader_->duration_seconds() * static_cast<double>(selection_.step);
      frame->origin_seconds = reader_->origin_seconds() + first_seconds_;
      frame->damaged = more.ok() && reader_->damaged();
      frame->frames_per_second = frames_per_second_ / static_cast<double>(selection_.step);
      return true;
    }
  }

  Result<bool> End() const {
    if (taken_any_ || number_ == 0 || reader_->is_cut()) return false;
    return InvalidArgument("{}: has {} frames (0 to {}), none of them is to be taken: the first would be {}", name_,
                           number_, number_ - 1, selection_.first);
  }

  // The time of the frame just read. Times increase; where neither the container's does nor the one by frame rate, the
  // frame has none.
  std::optional<double> Time() {
    std::optional<double> time;
    if (times_ == Times::kWhenTheyCome) {
      time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    } else if (time = SinceFirst(reader_->seconds()); !time || *time <= last_seconds_) {
      time = frames_per_second_ > 0 ? std::optional(static_cast<double>(number_) / frames_per_second_) : std::nullopt;
    }
    if (!time || *time <= last_seconds_) return std::nullopt;
    last_seconds_ = *time;
    return time;
  }

  // Some containers begin with the delay of the decoder.
  std::optional<double> SinceFirst(std::optional<double> container_seconds) {
    if (!container_seconds || !std::isfinite(*container_seconds)) return std::nullopt;
    if (number_ == 0) first_seconds_ = *container_seconds;
    return *container_seconds - first_seconds_;
  }

  std::unique_ptr<VideoReader> reader_;
  const std::string name_;
  const Times times_;
  const FrameSelection selection_;
  const StopCheck stop_;
  const double frames_per_second_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int64_t number_ = 0;  // of the frame to be read next
  bool taken_any_ = false;
  double first_seconds_ = 0, last_seconds_ = -1;
};

}  // namespace

std::unique_ptr<Source> MakeVideoSource(std::unique_ptr<VideoReader> reader, std::string name, Times times,
                                        const SourceOptions& options) {
  return std::make_unique<VideoSource>(std::move(reader), std::move(name), times, options);
}

}  // namespace sinew::media
