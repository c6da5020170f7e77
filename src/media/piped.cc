// Sniffing, and the sources that a pipe can be.
#include "media/piped.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/backend.h"
#include "media/content.h"
#include "media/images/format.h"
#include "media/picture_source.h"
#include "media/pipe_source.h"
#include "media/video/jpeg_splitter.h"
#include "media/video/video_source.h"

namespace sinew::media {
namespace {

// Encoded pictures with more bytes than this are refused before they fill the memory; the decoder checks their pixels.
constexpr size_t kMaxPipedBytes = size_t{1} << 28;
constexpr size_t kChunkBytes = 1 << 16;

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Bytes that were taken out of a source to look at them, and the rest of it.
class WithHead : public ByteSource {
 public:
  WithHead(std::string head, std::unique_ptr<ByteSource> rest) : head_(std::move(head)), rest_(std::move(rest)) {}

  Result<size_t> Read(std::span<uint8_t> into) override {
    if (taken_ == head_.size()) return rest_->Read(into);
    const size_t count = std::min(into.size(), head_.size() - taken_);
    std::memcpy(into.data(), head_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  std::string head_;
  size_t taken_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

// Pictures of an MJPEG stream.
class JpegStreamReader : public VideoReader {
 public:
  // `head` are the bytes that were already taken out of the source.
  JpegStreamReader(std::unique_ptr<ByteSource> bytes, std::string_view head, std::string_view name,
                   const ImageLimits& limits)
      : bytes_(std::move(bytes)), name_(name), limits_(limits), chunk_(kChunkBytes) {
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
      if (splitter_.unfinished().size() > kMaxPipedBytes) {
        ended_ = true;
        return TooLarge("{}: a JPEG picture of more than {} bytes", name_, kMaxPipedBytes);
      }
      SINEW_ASSIGN_OR_RETURN(const size_t got, bytes_->Read(chunk_));
      splitter_.Append({reinterpret_cast<const char*>(chunk_.data()), got});
      ended_ = got == 0;
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
  std::unique_ptr<ByteSource> bytes_;
  const std::string name_;
  const ImageLimits limits_;
  JpegSplitter splitter_;
  std::vector<uint8_t> chunk_;
  std::vector<std::string> put_back_;
  bool ended_ = false;
};

// Whether a JPEG announces further pictures behind it that belong to it (CIPA DC-007, multi-picture format): a preview,
// the other eye, a gain map. They do not make it a stream.
bool IsMultiPicture(std::string_view jpeg) { return jpeg.find(std::string_view("MPF\0", 4)) != std::string_view::npos; }

// The beginning of a source, enough to tell what it is; all of it where that is less.
Result<std::string> TakeHead(ByteSource& bytes) {
  std::string head;
  std::vector<uint8_t> chunk(kChunkBytes);
  while (head.size() < kSniffBytes) {
    SINEW_ASSIGN_OR_RETURN(const size_t got, bytes.Read(chunk));
    if (got == 0) break;
    head.append(reinterpret_cast<const char*>(chunk.data()), got);
  }
  return head;
}

std::optional<PictureFormat> Sniff(std::string_view head) {
  return SniffPicture(AsBytes(head.substr(0, std::min(head.size(), kSniffBytes))));
}

struct JpegOrStream {
  std::optional<Image> picture;              // the only one
  std::unique_ptr<JpegStreamReader> stream;  // or several
};

Result<JpegOrStream> ReadJpegs(std::unique_ptr<ByteSource> bytes, std::string_view head, std::string_view name,
                               const ImageLimits& limits) {
  auto reader = std::make_unique<JpegStreamReader>(std::move(bytes), head, name, limits);
  SINEW_ASSIGN_OR_RETURN(std::string first, reader->NextPicture());
  if (first.empty()) return Corrupt("{}: holds no JPEG picture", name);
  SINEW_ASSIGN_OR_RETURN(std::string second,
                         IsMultiPicture(first) ? Result<std::string>(std::string()) : reader->NextPicture());
  JpegOrStream result;
  if (second.empty()) {
    SINEW_ASSIGN_OR_RETURN(result.picture, DecodeImage(AsBytes(first), name, limits));
  } else {
    reader->PutBack(std::move(second));
    reader->PutBack(std::move(first));
    result.stream = std::move(reader);
  }
  return result;
}

Result<Image> ReadPicture(ByteSource& bytes, std::string head, std::string_view name, const ImageLimits& limits) {
  SINEW_ASSIGN_OR_RETURN(const std::string all, ReadToEnd(bytes, std::move(head), kMaxPipedBytes, name));
  return DecodeImage(AsBytes(all), name, limits);
}

}  // namespace

Result<std::unique_ptr<Source>> OpenPiped(std::unique_ptr<ByteSource> bytes, std::string name,
                                          const SourceOptions& options) {
  SINEW_ASSIGN_OR_RETURN(std::string head, TakeHead(*bytes));
  if (head.empty()) return Corrupt("{}: is empty", name);
  const std::optional<PictureFormat> format = Sniff(head);
  if (format == PictureFormat::kJpeg || head.starts_with("--") || head.starts_with("\r\n--")) {
    SINEW_ASSIGN_OR_RETURN(JpegOrStream jpegs, ReadJpegs(std::move(bytes), head, name, options.limits));
    if (jpegs.picture) return MakePictureSource(std::move(*jpegs.picture));
    return MakeVideoSource(std::move(jpegs.stream), std::move(name), Times::kOfContainer, options);
  }
  if (format) {
    SINEW_ASSIGN_OR_RETURN(Image image, ReadPicture(*bytes, std::move(head), name, options.limits));
    return MakePictureSource(std::move(image));
  }
  if (IsText(head)) return Unsupported("{}: is neither a picture nor a video, but text", name);
  const Result<const Backend*> backend = LoadBackend();
  if (!backend.ok()) return Prefixed(name, backend.status());
  const VideoOptions settings = {options.limits, options.live.timeout_seconds, options.stop};
  SINEW_ASSIGN_OR_RETURN(
      std::unique_ptr<VideoReader> reader,
      (*backend)->OpenBytes(std::make_unique<WithHead>(std::move(head), std::move(bytes)), name, settings));
  return MakeVideoSource(std::move(reader), std::move(name), Times::kOfContainer, options);
}

Result<std::optional<Image>> ReadOnlyPicture(std::unique_ptr<ByteSource> bytes, std::string_view name,
                                             const ImageLimits& limits) {
  SINEW_ASSIGN_OR_RETURN(std::string head, TakeHead(*bytes));
  const std::optional<PictureFormat> format = Sniff(head);
  if (!format) return std::optional<Image>();
  if (format == PictureFormat::kJpeg) {
    SINEW_ASSIGN_OR_RETURN(JpegOrStream jpegs, ReadJpegs(std::move(bytes), head, name, limits));
    return std::move(jpegs.picture);
  }
  SINEW_ASSIGN_OR_RETURN(Image image, ReadPicture(*bytes, std::move(head), name, limits));
  return std::optional(std::move(image));
}

}  // namespace sinew::media
