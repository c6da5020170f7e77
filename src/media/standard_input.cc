// Sniffing, and the two sources that standard input can be.
#include "media/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/images/codec.h"
#include "media/picture_source.h"
#include "media/video/jpeg_splitter.h"
#include "media/video/video_source.h"

namespace sinew::media {
namespace {

// Encoded pictures with more bytes than this are refused before they fill the memory; the decoder checks their pixels.
constexpr size_t kMaxPictureBytes = size_t{1} << 28;
std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Bytes as they come, on a descriptor that may keep one waiting.
class Pipe {
 public:
  Pipe(int fd, std::string name, StopCheck stop)
      : fd_(fd), name_(std::move(name)), stop_(std::move(stop)), chunk_(kChunkBytes) {}

  // Some bytes, valid until the next call; none at the end.
  Result<std::string_view> Read() {
    for (;;) {
      if (IsStopped(stop_)) return Cancelled("{}: stopped", name_);
      pollfd request = {fd_, POLLIN, 0};
      const int ready = ::poll(&request, 1, static_cast<int>(kStopInterval.count()));
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t got = ready < 0 ? -1 : ::read(fd_, chunk_.data(), chunk_.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return IoError("{}: cannot be read: {}", name_, std::strerror(errno));
      return std::string_view(chunk_.data(), static_cast<size_t>(got));
    }
  }

 private:
  static constexpr size_t kChunkBytes = 1 << 16;  // what a pipe holds

  int fd_;
  std::string name_;
  StopCheck stop_;
  std::vector<char> chunk_;
};

// Pictures of an MJPEG stream.
class JpegStreamReader : public VideoReader {
 public:
  // `head` are the bytes that were already taken out of the pipe.
  JpegStreamReader(Pipe pipe, std::string_view head, std::string name, const ImageLimits& limits)
      : pipe_(std::move(pipe)), name_(std::move(name)), limits_(limits) {
    splitter_.Append(head);
  }

  // The next picture's bytes, and what is left of one at the end; empty after it.
  Result<std::string> NextPicture() {
    for (;;) {
      if (!put_back_.empty()) {
        std::string picture = std::move(put_back_.back());
        put_back_.pop_back();
        return picture;
      }
      if (std::optional<std::string> picture = splitter_.Next()) return std::move(*picture);
      if (ended_) return std::string();
      if (splitter_.unfinished().size() > kMaxPictureBytes) {
        ended_ = true;
        return TooLarge("{}: a JPEG picture of more than {} bytes", name_, kMaxPictureBytes);
      }
      SINEW_ASSIGN_OR_RETURN(const std::string_view bytes, pipe_.Read());
      splitter_.Append(bytes);
      ended_ = bytes.empty();
      if (ended_) return std::string(splitter_.unfinished());
    }
  }
  // What NextPicture returns next; the last one put back comes first.
  void PutBack(std::string picture) { put_back_.push_back(std::move(picture)); }

  VideoFormat format() const override { return {}; }
  int64_t frame_count_estimate() const override { return 0; }
  std::optional<double> seconds() const override { return std::nullopt; }
  Result<bool> Skip() override {
    SINEW_ASSIGN_OR_RETURN(const std::string picture, NextPicture());
    return !picture.empty();
  }
  Result<bool> Next(Image* frame) override {
    SINEW_ASSIGN_OR_RETURN(const std::string picture, NextPicture());
    if (picture.empty()) return false;
    Result<Image> image = DecodeImage(AsBytes(picture), name_, limits_);
    // Whatever is wrong with one picture, the next may be read.
    if (!image.ok()) return Status(StatusCode::kCorrupt, image.status().message());
    *frame = std::move(*image);
    return true;
  }

 private:
  Pipe pipe_;
  const std::string name_;
  const ImageLimits limits_;
  JpegSplitter splitter_;
  std::vector<std::string> put_back_;
  bool ended_ = false;
};

// Whether a JPEG announces further pictures behind it that belong to it (CIPA DC-007, multi-picture format): a preview,
// the other eye, a gain map. They do not make it a stream.
bool IsMultiPicture(std::string_view jpeg) { return jpeg.find(std::string_view("MPF\0", 4)) != std::string_view::npos; }

Result<std::unique_ptr<Source>> PictureOrError(Result<Image> image) {
  if (!image.ok()) return image.status();
  return MakePictureSource(std::move(*image));
}

}  // namespace

Result<std::unique_ptr<Source>> OpenStandardInput(int fd, std::string name, const SourceOptions& options) {
  if (::isatty(fd) == 1)
    return InvalidArgument("{}: standard input is a terminal: pipe a picture or an MJPEG stream into it", name);
  Pipe pipe(fd, name, options.stop);
  std::string head;
  while (head.size() < 4) {
    SINEW_ASSIGN_OR_RETURN(const std::string_view bytes, pipe.Read());
    if (bytes.empty()) break;
    head += bytes;
  }
  if (SniffPicture(AsBytes(head)) == PictureFormat::kJpeg || head.starts_with("--") || head.starts_with("\r\n--")) {
    auto reader = std::make_unique<JpegStreamReader>(std::move(pipe), head, name, options.limits);
    SINEW_ASSIGN_OR_RETURN(std::string first, reader->NextPicture());
    if (first.empty()) return Corrupt("{}: holds no JPEG picture", name);
    SINEW_ASSIGN_OR_RETURN(std::string second,
                           IsMultiPicture(first) ? Result<std::string>(std::string()) : reader->NextPicture());
    if (second.empty()) return PictureOrError(DecodeImage(AsBytes(first), name, options.limits));
    reader->PutBack(std::move(second));
    reader->PutBack(std::move(first));
    return MakeVideoSource(std::move(reader), std::move(name), Times::kOfContainer, options);
  }
  for (std::string_view bytes = "x"; !bytes.empty();) {
    SINEW_ASSIGN_OR_RETURN(bytes, pipe.Read());
    if (head.size() + bytes.size() > kMaxPictureBytes)
      return TooLarge("{}: more than {} bytes are no picture", name, kMaxPictureBytes);
    head += bytes;
  }
  return PictureOrError(DecodeImage(AsBytes(head), name, options.limits));
}

}  // namespace sinew::media
