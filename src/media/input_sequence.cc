// Places are counted before shards are told apart.
#include "media/input_sequence.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/remote.h"

namespace sinew::media {
namespace {

constexpr size_t kAhead = 16;  // twice as many as are fetched at a time

Result<int64_t> SizeOf(const Input& input) {
  if (input.bytes >= 0) return input.bytes;
  if (IsRemote(input.location)) {
    SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(input.location));
    SINEW_ASSIGN_OR_RETURN(const RemoteInfo info, remote->Examine(input.location));
    return static_cast<int64_t>(info.bytes);
  }
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(input.location, error);
  return error ? 0 : static_cast<int64_t>(bytes);  // what is wrong shows when it is opened
}

}  // namespace

int64_t InputSequence::Divide(SequenceItem* item, int64_t* part_bytes) const {
  constexpr int64_t kMostParts = 1'000'000;
  Input& input = item->input;
  if (shard_.count == 1 || shard_.video_bytes == 0 || input.kind != InputKind::kVideo || !input.status.ok()) return 1;
  const Result<int64_t> bytes = SizeOf(input);
  if (bytes.status().code() == StatusCode::kNotFound) return 1;  // as its opening says, too
  if (!bytes.ok()) {                                             // other shards may know it: a merge notices
    input.status = bytes.status();
    return 1;
  }
  *part_bytes = std::max(shard_.video_bytes, *bytes / kMostParts + 1);
  return std::max<int64_t>(1, *bytes / *part_bytes + (*bytes % *part_bytes > 0 ? 1 : 0));
}

std::optional<SequenceItem> InputSequence::Produce() {
  for (;;) {
    if (next_part_ == parts_) {
      divided_ = NextInput();
      if (!divided_) return std::nullopt;
      parts_ = Divide(&*divided_, &part_bytes_);
      next_part_ = 0;
    }
    const int64_t part = next_part_++, place = place_++;
    if (place % shard_.count != shard_.number - 1) continue;
    SequenceItem item;
    item.input = divided_->input;
    item.argument = divided_->argument;
    item.place = place;
    if (parts_ > 1) {
      item.part.first_byte = static_cast<uint64_t>(part * part_bytes_);
      if (part + 1 < parts_) item.part.end_byte = static_cast<uint64_t>((part + 1) * part_bytes_);
    }
    return item;
  }
}

std::optional<SequenceItem> InputSequence::NextInput() {
  while (argument_ < inputs_.size()) {
    const Input& argument = inputs_[argument_];
    SequenceItem item;
    item.argument = argument_;
    if (argument.kind != InputKind::kPrefix) {
      item.input = argument;
      ++argument_;
    } else {
      if (prefix_ == nullptr) prefix_ = std::make_unique<PrefixInputs>(argument, stop_);
      const Result<bool> more = prefix_->Next(&item.input, skipped_);
      if (!more.ok()) item.input = {InputKind::kPicture, argument.name, argument.location, more.status()};
      if (!more.ok() || !*more) {
        prefix_.reset();
        ++argument_;
      }
      if (more.status().code() == StatusCode::kCancelled) return std::nullopt;
      if (more.ok() && !*more) continue;
    }
    return item;
  }
  return std::nullopt;
}

bool InputSequence::Fill() {
  std::optional<SequenceItem> item = Produce();
  if (!item) return false;
  ahead_.push_back(std::move(*item));
  return true;
}

SequenceItem* InputSequence::Current(bool read_ahead) {
  if (ahead_.empty() && !Fill()) return nullptr;
  if (!read_ahead) return &ahead_.front();
  while (ahead_.size() < kAhead && Fill()) {
  }
  for (SequenceItem& item : ahead_) {
    if (item.was_asked_for || !item.input.status.ok() || item.input.kind != InputKind::kPicture) continue;
    if (!IsRemote(item.input.location)) continue;
    item.was_asked_for = true;
    item.bytes = read_ahead_.Start(item.input.location);
  }
  return &ahead_.front();
}

}  // namespace sinew::media
