// Reconnection with exponential back-off.
#include "media/live/reconnecting_reader.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "base/error.h"

namespace sinew::media {
namespace {

class ReconnectingReader : public VideoReader {
 public:
  ReconnectingReader(std::unique_ptr<VideoReader> reader, std::string name, OpenReader open, const LiveOptions& live,
                     StopCheck stop)
      : name_(std::move(name)),
        open_(std::move(open)),
        live_(live),
        stop_(std::move(stop)),
        format_(reader->format()),
        reader_(std::move(reader)) {}

  VideoFormat format() const override { return format_; }
  int64_t frame_count_estimate() const override { return 0; }
  std::optional<double> seconds() const override { return std::nullopt; }
  bool damaged() const override { return reader_ && reader_->damaged(); }
  Result<bool> Next(Image* frame) override {
    return Read([&](VideoReader& reader) { return reader.Next(frame); });
  }
  Result<bool> Skip() override {
    return Read([](VideoReader& reader) { return reader.Skip(); });
  }

 private:
  template <class ReadOne>
  Result<bool> Read(const ReadOne& read_one) {
    Status reason = Unavailable("{}: the stream ended", name_);
    for (;;) {
      if (reader_) {
        const Result<bool> more = read_one(*reader_);
        if (more.ok() && *more) {
          failures_ = 0;
          return true;
        }
        if (more.status().code() == StatusCode::kCancelled || more.status().code() == StatusCode::kCorrupt) return more;
        if (live_.reconnect_attempts == 0) return more;
        if (!more.ok()) reason = more.status();
        reader_.reset();
      }
      if (failures_ >= live_.reconnect_attempts) {
        return Unavailable("{} (the stream broke off and did not come back, {} attempts were made)", reason.message(),
                           failures_);
      }
      Wait(std::min(live_.first_wait_seconds * std::exp2(failures_), live_.max_wait_seconds));
      ++failures_;
      if (stopped()) return Cancelled("{}: stopped", name_);
      Result<std::unique_ptr<VideoReader>> opened = open_();
      if (opened.ok()) {
        reader_ = std::move(*opened);
      } else if (opened.status().code() == StatusCode::kCancelled) {
        return opened.status();
      } else {
        reason = opened.status();
      }
    }
  }

  bool stopped() const { return IsStopped(stop_); }

  void Wait(double seconds) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!stopped() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(
          std::min<std::chrono::duration<double>>(kStopInterval, end - std::chrono::steady_clock::now()));
    }
  }

  const std::string name_;
  const OpenReader open_;
  const LiveOptions live_;
  const StopCheck stop_;
  const VideoFormat format_;
  std::unique_ptr<VideoReader> reader_;  // null while the stream is broken
  int failures_ = 0;                     // attempts since the last frame
};

}  // namespace

std::unique_ptr<VideoReader> MakeReconnecting(std::unique_ptr<VideoReader> reader, std::string name, OpenReader open,
                                              const LiveOptions& live, StopCheck stop) {
  return std::make_unique<ReconnectingReader>(std::move(reader), std::move(name), std::move(open), live,
                                              std::move(stop));
}

}  // namespace sinew::media
