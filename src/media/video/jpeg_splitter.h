// Cuts a stream of bytes into the JPEG pictures in it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew::media {

// What stands between pictures (the headers of a multipart stream, padding) is passed over. Segments are walked by
// their lengths (ITU-T T.81, annex B), so that a thumbnail inside a picture does not end it. Time is linear in the
// bytes.
//
//   splitter.Append(bytes);
//   while (auto picture = splitter.Next()) ...
class JpegSplitter {
 public:
  void Append(std::string_view bytes);
  // The next whole picture; nothing where more bytes are needed. A picture that a new one interrupts comes as far as it
  // goes: the decoder will say that it is truncated.
  std::optional<std::string> Next();
  // The picture that has begun and not ended, as it stands now; empty between pictures.
  std::string_view unfinished() const;

 private:
  enum class State { kBetween, kSegment, kScan };
  bool Need(size_t bytes) const { return buffer_.size() >= cursor_ + bytes; }
  std::string Take(size_t end);
  bool FindStart();
  // Passes over one segment, or over entropy-coded data up to the next marker; false where more bytes are needed.
  bool PassSegment();
  bool PassScan();

  std::string buffer_;  // from the beginning of the picture, once there is one
  size_t cursor_ = 0;
  State state_ = State::kBetween;
};

}  // namespace sinew::media
