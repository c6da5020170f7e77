// Places are counted before shards are told apart.
#include "media/input_sequence.h"

#include <utility>

#include "base/remote.h"

namespace sinew::media {
namespace {

constexpr size_t kAhead = 16;  // twice as many as are fetched at a time

}  // namespace

std::optional<SequenceItem> InputSequence::Produce() {
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
    item.place = place_++;
    if (item.place % shard_.count == shard_.number - 1) return item;
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
