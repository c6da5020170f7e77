// The inputs one by one: prefixes as what is below them, and of all that, one shard's part.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/inputs.h"
#include "media/prefix_inputs.h"
#include "media/read_ahead.h"
#include "media/video/video.h"

namespace sinew::media {

// Part `number` of `count`, from 1: the inputs at places number - 1, number - 1 + count, ... Which part an input is in
// depends on its place alone, so that nobody needs to know how many there are. Where there are several parts, a video
// of more than `video_bytes` takes a place for each of these that it has begun, and what is at them is a part of it
// (VideoPart): so its size alone says how many places it takes.
struct Shard {
  int64_t number = 1, count = 1;
  int64_t video_bytes = 0;  // 0: videos are never divided
};

struct SequenceItem {
  Input input;          // of any kind but kPrefix
  size_t argument = 0;  // which of the list it is, or is below
  int64_t place = 0;    // among all inputs, those of other shards counted
  VideoPart part;       // of a video that is divided
  // Of a picture in a store, where it was asked for beforehand; once.
  std::optional<std::future<Result<std::string>>> bytes;
  bool was_asked_for = false;
};

// One thread at a time.
class InputSequence {
 public:
  InputSequence(const std::vector<Input>* inputs, Shard shard, StopCheck stop, std::function<void(SkippedFile)> skipped)
      : inputs_(*inputs), shard_(shard), stop_(stop), skipped_(std::move(skipped)), read_ahead_(std::move(stop)) {}

  // The current one; nullptr after the last. Where `read_ahead`, the pictures behind it are being fetched.
  SequenceItem* Current(bool read_ahead);
  void Advance() { ahead_.pop_front(); }
  // Of all shards, once Current has returned nullptr.
  int64_t places() const { return place_; }

 private:
  bool Fill();
  std::optional<SequenceItem> Produce();
  // The next input of all shards; its place is not known yet.
  std::optional<SequenceItem> NextInput();
  // Into how many parts.
  int64_t Divide(SequenceItem* item, int64_t* part_bytes) const;

  const std::vector<Input>& inputs_;
  const Shard shard_;
  const StopCheck stop_;
  const std::function<void(SkippedFile)> skipped_;
  size_t argument_ = 0;
  int64_t place_ = 0;
  std::unique_ptr<PrefixInputs> prefix_;
  std::optional<SequenceItem> divided_;  // the input that parts are made of
  int64_t next_part_ = 0, parts_ = 0, part_bytes_ = 0;
  std::deque<SequenceItem> ahead_;
  ReadAhead read_ahead_;
};

}  // namespace sinew::media
