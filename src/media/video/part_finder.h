// Where a video can be cut into parts that are decoded by themselves, by its packets.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "media/video/video.h"

namespace sinew::media {

struct VideoPacket {
  std::optional<int64_t> shown;  // when its frame is shown, in the container's units
  bool is_key = false, has_frame = true;
  uint64_t bytes = 0;
};

// Takes packets in the order of the file, which is that of decoding. A cut is before a key frame that is shown after
// all packets before it were; what it is decoded before and shown after ("open" groups of pictures, whose leading
// frames build on both sides) belongs to the part before. Where times are missing, or there twice, nothing is cut from
// there on: such frames cannot be told from each other. All this depends on the packets up to the cut alone, so that
// neighbours agree on it.
class PartFinder {
 public:
  explicit PartFinder(const VideoPart& part) : part_(part), has_begun_(part.first_byte == 0) {}

  void Add(const VideoPacket& packet) {
    can_be_cut_ = can_be_cut_ && packet.shown && recent_.insert(*packet.shown).second;
    if (recent_.size() > kRecent) recent_.erase(recent_.begin());
    const bool is_cut = can_be_cut_ && packet.is_key && (!latest_ || *packet.shown > *latest_);
    const uint64_t at = bytes_;
    bytes_ += packet.bytes;
    if (!has_begun_ && is_cut && at >= part_.first_byte) {
      has_begun_ = true;
      begin_ = packet.shown;
      last_before_ = latest_;
    }
    if (has_begun_ && !end_ && is_cut && part_.end_byte && at >= *part_.end_byte) end_ = packet.shown;
    if (packet.has_frame) {
      const bool is_before = !has_begun_ || (begin_ && packet.shown && *packet.shown < *begin_);
      const bool is_behind = end_ && packet.shown && *packet.shown >= *end_;
      frames_before_ += is_before ? 1 : 0;
      frames_ += is_before || is_behind ? 0 : 1;
    }
    if (packet.shown && (!latest_ || *packet.shown > *latest_)) latest_ = packet.shown;
  }

  bool has_begun() const { return has_begun_; }
  // It begins where the next one does: its key frame would be behind its end.
  bool is_empty() const { return begin_ && end_ == begin_; }
  // When its first frame is shown; nothing for the first part. And that of the next part, once it was met.
  std::optional<int64_t> begin() const { return begin_; }
  std::optional<int64_t> end() const { return end_; }
  // When the last frame before it is shown.
  std::optional<int64_t> last_before() const { return last_before_; }
  // Frames before it, and in it, by the packets so far.
  int64_t frames_before() const { return frames_before_; }
  int64_t frames() const { return frames_; }

 private:
  // Packets are in another order than frames by at most 16 of them in all codecs.
  static constexpr size_t kRecent = 64;

  const VideoPart part_;
  bool has_begun_, can_be_cut_ = true;
  std::set<int64_t> recent_;  // times
  uint64_t bytes_ = 0;
  int64_t frames_before_ = 0, frames_ = 0;
  std::optional<int64_t> begin_, end_, latest_, last_before_;
};

}  // namespace sinew::media
