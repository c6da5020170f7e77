// A walk over the markers of JPEG pictures.
#include "media/video/jpeg_splitter.h"

#include <cstdint>

namespace sinew::media {
namespace {

constexpr uint8_t kStartOfImage = 0xd8, kEndOfImage = 0xd9, kStartOfScan = 0xda, kTemporary = 0x01;

bool IsRestart(uint8_t marker) { return marker >= 0xd0 && marker <= 0xd7; }

}  // namespace

void JpegSplitter::Append(std::string_view bytes) { buffer_ += bytes; }

std::string_view JpegSplitter::unfinished() const {
  return state_ == State::kBetween ? std::string_view() : std::string_view(buffer_);
}

std::string JpegSplitter::Take(size_t end) {
  std::string picture = buffer_.substr(0, end);
  buffer_.erase(0, end);
  cursor_ = 0;
  state_ = State::kBetween;
  return picture;
}

bool JpegSplitter::FindStart() {
  const size_t start = buffer_.find("\xff\xd8\xff", cursor_);
  if (start == std::string::npos) {
    buffer_.erase(0, buffer_.size() < 2 ? 0 : buffer_.size() - 2);  // the start may be cut in two
    cursor_ = 0;
    return false;
  }
  buffer_.erase(0, start);
  cursor_ = 2;
  state_ = State::kSegment;
  return true;
}

std::optional<std::string> JpegSplitter::Next() {
  for (;;) {
    if (state_ == State::kBetween && !FindStart()) return std::nullopt;
    if (state_ == State::kScan && !PassScan()) return std::nullopt;
    if (!Need(2)) return std::nullopt;
    const uint8_t marker = static_cast<uint8_t>(buffer_[cursor_ + 1]);
    if (buffer_[cursor_] == '\xff' && marker == kEndOfImage) return Take(cursor_ + 2);
    if (buffer_[cursor_] == '\xff' && marker == kStartOfImage) {
      std::string interrupted = Take(cursor_);
      if (interrupted.size() > 2) return interrupted;
    } else if (!PassSegment()) {
      return std::nullopt;
    }
  }
}

bool JpegSplitter::PassSegment() {
  const uint8_t first = static_cast<uint8_t>(buffer_[cursor_]), marker = static_cast<uint8_t>(buffer_[cursor_ + 1]);
  if (first != 0xff) {  // no marker: damaged; go on at the next one
    state_ = State::kScan;
    return true;
  }
  if (marker == 0xff) {  // a fill byte
    ++cursor_;
    return true;
  }
  if (marker == kTemporary || IsRestart(marker)) {  // they have no length
    cursor_ += 2;
    return true;
  }
  if (!Need(4)) return false;
  const size_t length =
      static_cast<size_t>(static_cast<uint8_t>(buffer_[cursor_ + 2])) << 8 | static_cast<uint8_t>(buffer_[cursor_ + 3]);
  if (!Need(2 + length)) return false;
  cursor_ += 2 + length;
  state_ = marker == kStartOfScan || length < 2 ? State::kScan : State::kSegment;
  return true;
}

bool JpegSplitter::PassScan() {
  for (;;) {
    cursor_ = buffer_.find('\xff', cursor_);
    if (cursor_ == std::string::npos) cursor_ = buffer_.size();
    if (!Need(2)) return false;
    const uint8_t next = static_cast<uint8_t>(buffer_[cursor_ + 1]);
    if (next != 0 && next != 0xff && !IsRestart(next)) break;
    cursor_ += next == 0xff ? 1 : 2;
  }
  state_ = State::kSegment;
  return true;
}

}  // namespace sinew::media
