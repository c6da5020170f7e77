// An AVIOContext as a source of bytes.
#include "media/video/ffmpeg_connection.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/error.h"

namespace sinew::media {
namespace {

class Connection : public ByteSource {
 public:
  Connection(std::string_view name, const VideoOptions& options) : name_(name), options_(options) {}
  ~Connection() override { avio_closep(&context_); }
  Connection(const Connection&) = delete;

  Status Open(const std::string& url) {
    Restart();
    const AVIOInterruptCB interrupt = {IsInterrupted, this};
    const int code = avio_open2(&context_, url.c_str(), AVIO_FLAG_READ, &interrupt, nullptr);
    return code < 0 ? Failed(code) : Status();
  }

  Result<size_t> Read(std::span<uint8_t> into) override {
    Restart();
    constexpr size_t kMost = 1 << 20;
    const int got = avio_read_partial(context_, into.data(), static_cast<int>(std::min(into.size(), kMost)));
    if (got == AVERROR_EOF) return size_t{0};
    if (got < 0) return Failed(got);
    return static_cast<size_t>(got);
  }

 private:
  void Restart() { start_ = std::chrono::steady_clock::now(); }
  bool is_timed_out() const {
    return options_.timeout_seconds > 0 &&
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() > options_.timeout_seconds;
  }
  static int IsInterrupted(void* self) {
    const auto& connection = *static_cast<const Connection*>(self);
    return IsStopped(connection.options_.stop) || connection.is_timed_out() ? 1 : 0;
  }
  Status Failed(int code) const {
    if (IsStopped(options_.stop)) return Cancelled("{}: stopped", name_);
    if (is_timed_out()) return Unavailable("{}: no data for {} seconds", name_, options_.timeout_seconds);
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text = {};
    av_strerror(code, text.data(), text.size());
    return Unavailable("{}: {}", name_, text.data());
  }

  const std::string name_;
  const VideoOptions options_;
  std::chrono::steady_clock::time_point start_;
  AVIOContext* context_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenConnectionWithFfmpeg(const std::string& url, std::string_view name,
                                                             const VideoOptions& options) {
  auto connection = std::make_unique<Connection>(name, options);
  SINEW_RETURN_IF_ERROR(connection->Open(url));
  return std::unique_ptr<ByteSource>(std::move(connection));
}

}  // namespace sinew::media
